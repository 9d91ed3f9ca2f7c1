/// One value that seeds, portable files and URLs may name as `${NAME}`.
public struct Setting: Sendable, Equatable {
    /// The value.
    public var value: String
    /// Where it came from: `the environment`, `.env:3`, `bootstrap.yaml:5:12`, `/run/secrets/x`.
    public var origin: String
    /// Whether it enters no hash, event, plan or log.
    public var isSecret: Bool

    /// A value from `origin`.
    public init(_ value: String, origin: String = "the program", isSecret: Bool = false) {
        self.value = value
        self.origin = origin
        self.isSecret = isSecret
    }
}

/// The values that seeds, portable files and URLs may name.
public struct Settings: Sendable {
    private var entries: [String: Entry] = [:]
    /// The environment that was given (`production`), or `nil`.
    public var environmentName: String?

    private enum Entry: Sendable {
        case value(Setting)
        case file(SettingFile)
        case conflict(origin: String)
    }

    /// Settings with these values.
    public init(_ values: [String: Setting] = [:]) {
        for (name, setting) in values { self[name] = setting }
    }

    /// The setting called `name`, or `nil` where there is none that can be had.
    ///
    /// One whose name says that it is a secret (``isSecretName(_:)``) is made one.
    public subscript(name: String) -> Setting? {
        get { try? value(of: name) }
        set {
            guard var setting = newValue else {
                entries[name] = nil
                return
            }
            setting.isSecret = setting.isSecret || Self.isSecretName(name)
            entries[name] = .value(setting)
        }
    }

    /// Whether a name says that its value is a secret: it ends in PASSWORD, SECRET, TOKEN or KEY.
    public static func isSecretName(_ name: String) -> Bool {
        let name = name.uppercased()
        return ["PASSWORD", "SECRET", "TOKEN", "KEY"].contains { name.hasSuffix($0) }
    }
}

/// A file whose text is a setting's value, read when the setting is first asked for.
package struct SettingFile: Sendable {
    /// The file's path.
    package var path: String
    /// Who named the file: `API_TOKEN_FILE in the environment`.
    package var origin: String
    /// Reads a file, or throws why it cannot be read.
    package var read: @Sendable (String) throws(UnreadableFile) -> [UInt8]

    /// A file that stands for a value.
    package init(
        path: String, origin: String,
        read: @escaping @Sendable (String) throws(UnreadableFile) -> [UInt8]
    ) {
        self.path = path
        self.origin = origin
        self.read = read
    }

    /// The file's text without the line end that editors put behind it.
    package func text() throws(UnreadableFile) -> String {
        let bytes = try read(path)
        guard var text = String(validating: bytes, as: UTF8.self) else {
            throw UnreadableFile(reason: "it is not UTF-8")
        }
        if text.hasSuffix("\r\n") || text.hasSuffix("\n") { text.removeLast() }
        return text
    }
}

/// Why a file cannot be read.
package struct UnreadableFile: Error, Sendable, Equatable {
    /// The reason as half a sentence: `there is no such file`.
    package var reason: String

    /// A reason.
    package init(reason: String) { self.reason = reason }
}

/// A setting that is there and yet has no value.
package struct SettingProblem: Error, Sendable, Equatable {
    /// The setting's name.
    package var name: String
    /// What is wrong, as the rest of a sentence that begins with the setting's name.
    package var message: String
    /// What to do, as whole sentences.
    package var next: String?

    init(name: String, message: String) {
        self.name = name
        self.message = message
    }

    init(name: String, problem: URLProblem) {
        self.init(name: name, message: problem.message)
        next = problem.next
    }
}

extension Settings {
    /// The names of all settings, in order.
    package var names: [String] { entries.keys.sorted() }

    /// Whether there is a setting called `name`, without reading any file.
    func has(_ name: String) -> Bool { entries[name] != nil }

    /// The setting called `name`, `nil` where there is none; throws when its file cannot be read.
    package func value(of name: String) throws(SettingProblem) -> Setting? {
        switch entries[name] {
        case nil:
            return nil
        case .value(let setting):
            return setting
        case .file(let file):
            do throws(UnreadableFile) {
                let text = try file.text()
                return Setting(text, origin: "\(file.path) (\(file.origin))", isSecret: true)
            } catch {
                throw SettingProblem(
                    name: name,
                    message: "cannot be read from \(file.path) (\(file.origin)): \(error.reason)")
            }
        case .conflict(let origin):
            throw SettingProblem(
                name: name, message: "and \(name)_FILE are both set in \(origin); keep one of them")
        }
    }

    /// The setting called `name` unless it stands in a file of its own.
    func valueWithoutReading(_ name: String) -> Setting? {
        guard case .value(let setting) = entries[name] else { return nil }
        return setting
    }

    /// Whether the value of `name` is a secret, found out without reading any file.
    package func isSecret(_ name: String) -> Bool {
        guard case .value(let setting) = entries[name] else {
            return entries[name] != nil || Self.isSecretName(name)
        }
        return setting.isSecret
    }

    /// Lays the variables of one level over what is there: `NAME`, and `NAME_FILE` for `NAME`.
    package mutating func add(
        _ level: [String: Setting], in origin: String,
        read: @escaping @Sendable (String) throws(UnreadableFile) -> [UInt8]
    ) {
        for (name, setting) in level { self[name] = setting }
        for (name, setting) in level where name.hasSuffix("_FILE") && name.count > 5 {
            let base = String(name.dropLast(5))
            guard level[base] == nil else {
                entries[base] = .conflict(origin: origin)
                continue
            }
            let file = SettingFile(
                path: setting.value, origin: "\(name) in \(setting.origin)", read: read)
            entries[base] = .file(file)
        }
    }
}
