/// A text with places for settings: `${NAME}`, `${NAME:-default}`, `${NAME:?why}`.
///
/// `$${` is a `${` that is meant. A default is used when the setting is missing or empty, as in a
/// shell, and may name settings itself. What is put in is never looked at again.
package struct Template: Sendable, Equatable {
    /// The text's parts in their order.
    package var pieces: [Piece]

    /// One part of a template.
    package enum Piece: Sendable, Equatable {
        /// Text that stays as it is.
        case text(String)
        /// The place of a setting.
        case reference(Reference)
    }

    /// The place of a setting.
    package struct Reference: Sendable, Equatable {
        /// The setting's name.
        package var name: String
        /// What follows `:-`, or `nil`.
        package var fallback: Template?
        /// What follows `:?`, or `nil`.
        package var why: String?
        /// Where its `$` stands, in characters from 1.
        package var position: Int
    }

    /// Reads a template, or throws where it is wrong.
    package init(_ text: String) throws(TemplateError) {
        guard text.contains("${") else {
            pieces = text.isEmpty ? [] : [.text(text)]
            return
        }
        var scanner = TemplateScanner(text)
        pieces = try scanner.pieces(inside: nil)
    }

    /// Whether it names no setting at all.
    package var isConstant: Bool { references.isEmpty }

    /// The places of settings in their order, those in defaults included.
    package var references: [Reference] {
        pieces.flatMap { piece -> [Reference] in
            guard case .reference(let reference) = piece else { return [] }
            return [reference] + (reference.fallback?.references ?? [])
        }
    }

    /// The places of settings in their order, without those in defaults.
    package var outerReferences: [Reference] {
        pieces.compactMap { if case .reference(let reference) = $0 { reference } else { nil } }
    }

    /// The settings that it names, each once, in their order.
    package var names: [String] {
        var seen: Set<String> = []
        return references.map(\.name).filter { seen.insert($0).inserted }
    }
}

extension Template {
    /// A template with the settings put in.
    package struct Resolved: Sendable, Equatable {
        /// The text.
        package var text = ""
        /// Whether a secret is part of it.
        package var isSecret = false
        /// The text with `${NAME}` in the place of every secret: what may be hashed and shown.
        package var nonSecretText = ""
    }

    /// Puts the settings in, or throws for the first one that is missing.
    ///
    /// A value or a default goes through `encode` before it is put in.
    package func resolve(
        _ settings: Settings, encode: (String) -> String = { $0 }
    ) throws(TemplateError) -> Resolved {
        var resolved = Resolved()
        for piece in pieces {
            switch piece {
            case .text(let text):
                resolved.text += text
                resolved.nonSecretText += text
            case .reference(let reference):
                let value = try reference.value(settings)
                let text = encode(value.text)
                resolved.text += text
                resolved.nonSecretText += value.isSecret ? "${\(reference.name)}" : text
                resolved.isSecret = resolved.isSecret || value.isSecret
            }
        }
        return resolved
    }

    /// Every setting that ``resolve(_:encode:)`` would miss, in the order of their places.
    package func missing(in settings: Settings) -> [TemplateError] {
        pieces.compactMap { piece in
            guard case .reference(let reference) = piece else { return nil }
            do throws(TemplateError) {
                _ = try reference.value(settings)
                return nil
            } catch {
                return error
            }
        }
    }
}

extension Template.Reference {
    /// What is put in here: the setting, else the default.
    ///
    /// A default under a secret's name is as secret as the value would be.
    package func value(_ settings: Settings) throws(TemplateError) -> Template.Resolved {
        let setting: Setting?
        do throws(SettingProblem) {
            setting = try settings.value(of: name)
        } catch {
            throw TemplateError(.unreadable(name, error.message), position: position)
        }
        if let setting, !setting.value.isEmpty || (fallback == nil && why == nil) {
            return Template.Resolved(
                text: setting.value, isSecret: setting.isSecret,
                nonSecretText: setting.isSecret ? "${\(name)}" : setting.value)
        }
        guard let fallback else {
            throw TemplateError(.missing(name, why: why), position: position)
        }
        var resolved = try fallback.resolve(settings)
        resolved.isSecret = resolved.isSecret || settings.isSecret(name)
        return resolved
    }
}

/// What is wrong with a template, and where in it.
package struct TemplateError: Error, Sendable, Equatable {
    /// What is wrong.
    package var problem: Problem
    /// Where, in characters from 1.
    package var position: Int

    /// What can be wrong with a template.
    package enum Problem: Sendable, Equatable {
        /// `${` without `}`.
        case unclosed
        /// `${` without a name behind it.
        case nameless
        /// Defaults inside defaults, more than ten levels of them.
        case tooDeep
        /// Something other than `}`, `:-` or `:?` behind the name.
        ///
        /// The name is not told: in a password it may be part of the secret.
        case malformed
        /// A setting without a value and without a default; `why` is the author's own reason.
        case missing(String, why: String?)
        /// A setting whose file cannot be read, or one that is given twice.
        case unreadable(String, String)
    }

    /// A problem at a position.
    package init(_ problem: Problem, position: Int) {
        self.problem = problem
        self.position = position
    }

    /// The setting that is missing or unreadable, or `nil` for a mistake in the template itself.
    package var missingName: String? {
        switch problem {
        case .unclosed, .nameless, .tooDeep, .malformed: nil
        case .missing(let name, _), .unreadable(let name, _): name
        }
    }

    /// What is wrong, as the rest of a sentence about the text.
    package var message: String {
        switch problem {
        case .unclosed: "has ${ without }; a ${ that is meant is written $${"
        case .nameless: "has ${ without a name; a ${ that is meant is written $${"
        case .tooDeep: "has defaults inside defaults, more than ten levels of them"
        case .malformed:
            "has ${ and a name with something else behind it than }, :-default} or :?why}; a ${ "
                + "that is meant is written $${"
        case .missing(let name, let why?) where !why.isEmpty:
            "needs the setting \(name): \(why)"
        case .missing(let name, _): "needs the setting \(name), which is not set"
        case .unreadable(let name, let message): "needs the setting \(name): \(name) \(message)"
        }
    }
}

/// Cuts a template into its pieces.
private struct TemplateScanner {
    private let characters: [Unicode.Scalar]
    private var index = 0
    private var depth = 0

    init(_ text: String) { characters = Array(text.unicodeScalars) }

    private func starts(_ text: String) -> Bool {
        characters[index...].starts(with: text.unicodeScalars)
    }

    /// The pieces up to the end, or, in a default, up to the brace that closes `reference`.
    mutating func pieces(inside reference: Int?) throws(TemplateError) -> [Template.Piece] {
        var pieces: [Template.Piece] = []
        var text = String.UnicodeScalarView()
        var braces = 0
        while index < characters.count {
            let character = characters[index]
            if starts("$${") {
                text.append(contentsOf: "${".unicodeScalars)
                index += 3
            } else if starts("${") {
                if !text.isEmpty { pieces.append(.text(String(text))) }
                text.removeAll()
                pieces.append(.reference(try self.reference()))
            } else if reference != nil && braces == 0 && character == "}" {
                break
            } else {
                // Braces in a default may be nested: ${FLAGS:-{"a": {}}}.
                if character == "{" { braces += 1 }
                if character == "}" { braces -= 1 }
                text.append(character)
                index += 1
            }
        }
        if let reference, index == characters.count {
            throw TemplateError(.unclosed, position: reference)
        }
        if !text.isEmpty { pieces.append(.text(String(text))) }
        return pieces
    }

    private mutating func reference() throws(TemplateError) -> Template.Reference {
        let position = index + 1
        index += 2
        let start = index
        while index < characters.count, isNamePart(characters[index], first: index == start) {
            index += 1
        }
        guard index < characters.count else { throw TemplateError(.unclosed, position: position) }
        guard index > start else { throw TemplateError(.nameless, position: position) }
        var reference = Template.Reference(name: string(start..<index), position: position)
        if starts(":-") {
            index += 2
            depth += 1
            guard depth <= 10 else { throw TemplateError(.tooDeep, position: position) }
            let pieces = try pieces(inside: position)
            depth -= 1
            reference.fallback = Template(pieces: pieces)
        } else if starts(":?") {
            index += 2
            let start = index
            while index < characters.count, characters[index] != "}" { index += 1 }
            guard index < characters.count else {
                throw TemplateError(.unclosed, position: position)
            }
            reference.why = string(start..<index)
        }
        guard characters[index] == "}" else {
            throw TemplateError(.malformed, position: position)
        }
        index += 1
        return reference
    }

    private func string(_ range: Range<Int>) -> String {
        String(String.UnicodeScalarView(characters[range]))
    }

    private func isNamePart(_ character: Unicode.Scalar, first: Bool) -> Bool {
        switch character {
        case "A"..."Z", "a"..."z", "_": true
        case "0"..."9": !first
        default: false
        }
    }
}

extension Template {
    /// A template of known pieces.
    fileprivate init(pieces: [Piece]) { self.pieces = pieces }
}
