import Crypto

/// A change of a sqitch plan as sqitch's own tables keep it.
///
/// It is known there by the SHA-1 of what the plan says of it, the change before it included, so that
/// one whose plan was rewritten is another one. <https://sqitch.org/docs/manual/sqitchchanges/>
struct SqitchListing: Equatable {
    let project: String
    let uri: String?
    let id, name: String
    let entry: SqitchEntry
    let dependencies: [Dependency]
    let tags: [Tag]

    /// A name for the place behind a change.
    struct Tag: Equatable {
        let id, name: String
        let entry: SqitchEntry
    }

    /// A change that this one needs, or must not meet.
    struct Dependency: Equatable {
        let isConflict: Bool
        /// As sqitch writes it: `users@v1`, `shop:users` for another project's.
        let text: String
        let target: Target
    }

    /// What a dependency points at.
    enum Target: Equatable {
        /// A change by its id.
        case change(String)
        /// Another project's, which its own rows know; both names may be empty, but not together.
        case foreign(project: String, change: String, tag: String)
    }
}

extension SqitchPlan {
    /// The changes as sqitch's tables keep them, in their order; `nil` where sqitch could not read the
    /// plan.
    var listings: [SqitchListing]? {
        guard let project = pragmas["project"] else { return nil }
        let uri = pragmas["uri"].map(SqitchURI.init)
        let head = ["project \(project)"] + (uri.map { ["uri \($0.canonical)"] } ?? [])
        var places = SqitchPlaces()
        var listings: [SqitchListing] = []
        for change in changes {
            guard let entry = change.entry else { return nil }
            let links = entry.dependencies.map { SqitchLink($0, in: project) }
            let id = Self.id(
                of: "change",
                head + ["change \(change.name)"] + (places.last.map { ["parent \($0)"] } ?? []),
                entry, links)
            places.add(id, of: change)
            var tags: [SqitchListing.Tag] = []
            for tag in change.tags {
                guard let entry = tag.entry else { return nil }
                let tagID = Self.id(
                    of: "tag", head + ["tag \(tag.name)", "change \(id)"], entry, [])
                tags.append(.init(id: tagID, name: tag.name, entry: entry))
            }
            listings.append(
                SqitchListing(
                    project: project, uri: uri?.text, id: id, name: change.name, entry: entry,
                    dependencies: links.map { $0.dependency(among: places, in: project) },
                    tags: tags))
        }
        return listings
    }

    /// The SHA-1 by which sqitch knows a change or a tag: of what it is, as git has it of its objects.
    private static func id(
        of kind: String, _ head: [String], _ entry: SqitchEntry, _ links: [SqitchLink]
    ) -> String {
        var lines = head + ["planner \(entry.person)", "date \(entry.date)"]
        let (conflicts, needs) = (links.filter(\.isConflict), links.filter { !$0.isConflict })
        if !needs.isEmpty { lines += ["requires"] + needs.map { "  + \($0.text)" } }
        if !conflicts.isEmpty { lines += ["conflicts"] + conflicts.map { "  - \($0.text)" } }
        // Perl takes 0 for nothing.
        if !["", "0"].contains(entry.note) { lines += ["", entry.note] }
        let text = Array(lines.joined(separator: "\n").utf8)
        let object = Array("\(kind) \(text.count)\0".utf8) + text
        return Checksums.hexadecimal(Insecure.SHA1.hash(data: object))
    }
}

/// Where the changes and tags of a plan are.
private struct SqitchPlaces {
    private var ids: [String] = []
    private var changes: [String: [Int]] = [:]
    private var tags: [String: Int] = [:]

    /// The id of the last change; `nil` before the first.
    var last: String? { ids.last }

    mutating func add(_ id: String, of change: SqitchPlan.Change) {
        changes[change.name, default: []].append(ids.count)
        for tag in change.tags { tags[tag.name] = ids.count }
        ids.append(id)
    }

    /// The id of the change that a dependency means; `nil` where there is none.
    func id(of link: SqitchLink) -> String? {
        guard link.id == nil else { return link.id }
        guard !link.tag.isEmpty else { return changes[link.change]?.first.map { ids[$0] } }
        guard let place = tags["@" + link.tag] else { return nil }
        guard !link.change.isEmpty else { return ids[place] }
        return changes[link.change]?.last { $0 <= place }.map { ids[$0] }
    }
}

/// A dependency by its parts.
private struct SqitchLink {
    let isConflict: Bool
    /// The project; `nil` for the plan's own.
    let project: String?
    /// The change's id, where it is named by that.
    let id: String?
    let change, tag: String

    /// - `own`: the plan's project.
    init(_ text: String, in own: String) {
        isConflict = text.hasPrefix("!")
        var key = text.drop { $0 == "!" }
        var project: String?
        if let colon = key.firstIndex(of: ":") {
            project = String(key[..<colon])
            key = key[colon...].dropFirst()
        }
        self.project = project == own ? nil : project
        id =
            key.count == 40 && key.allSatisfy { $0.isHexDigit && !$0.isUppercase }
            ? String(key) : nil
        let parts = key.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
        (change, tag) = (String(parts[0]), parts.count > 1 ? String(parts[1]) : "")
    }

    var text: String {
        let key = id ?? (tag.isEmpty ? change : "\(change)@\(tag)")
        return project.map { "\($0):\(key)" } ?? key
    }

    func dependency(among places: SqitchPlaces, in own: String) -> SqitchListing.Dependency {
        let known = project == nil || id != nil ? places.id(of: self) : nil
        return .init(
            isConflict: isConflict, text: text,
            target: known.map { .change($0) }
                ?? .foreign(project: project ?? own, change: change, tag: tag))
    }
}

/// A project's URI as Perl's `URI` has it. <https://metacpan.org/pod/URI>
private struct SqitchURI {
    /// With escapes for what no URI may hold.
    let text: String

    private static let unreserved = Set(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.!~*'()".utf8)
    private static let reserved = Set(";/?:@&=+$,[]%".utf8)

    init(_ text: String) {
        self.text = text.utf8.map { byte in
            Self.unreserved.contains(byte) || Self.reserved.contains(byte)
                ? String(Character(Unicode.Scalar(byte))) : Self.escape(byte)
        }.joined()
    }

    private static func escape(_ byte: UInt8) -> String {
        "%" + Checksums.hexadecimal([byte]).uppercased()
    }

    /// The one form of those that mean the same.
    var canonical: String {
        let text = settled
        guard let colon = text.firstIndex(of: ":"), text[..<colon].allSatisfy(\.isSchemePart) else {
            return text
        }
        let scheme = text[..<colon].lowercased()
        let rest = text[colon...].dropFirst()
        guard let port = ["http": "80", "https": "443"][scheme], rest.hasPrefix("//") else {
            return "\(scheme):\(rest)"
        }
        let authority = rest.dropFirst(2).prefix { !"/?".contains($0) }
        let path = rest[authority.endIndex...]
        let userEnd = authority.lastIndex(of: "@").map(authority.index(after:))
        let user = authority[..<(userEnd ?? authority.startIndex)]
        var host = authority[user.endIndex...].lowercased()
        for end in [":", ":" + port] where host.hasSuffix(end) {
            host = String(host.dropLast(end.count))
        }
        return "\(scheme)://\(user)\(host)\(path.isEmpty ? "/" : path)"
    }

    /// With escapes in capitals, and none where none is needed.
    private var settled: String {
        var bytes = Array(text.utf8)[...]
        var result: [UInt8] = []
        while let byte = bytes.popFirst() {
            let digits = String(decoding: bytes.prefix(2), as: UTF8.self)
            guard byte == UInt8(ascii: "%"), digits.utf8.count == 2,
                let escaped = UInt8(digits, radix: 16)
            else {
                result.append(byte)
                continue
            }
            bytes = bytes.dropFirst(2)
            result +=
                Self.unreserved.contains(escaped) ? [escaped] : Array(Self.escape(escaped).utf8)
        }
        return String(decoding: result, as: UTF8.self)
    }
}

extension Character {
    fileprivate var isSchemePart: Bool {
        isASCII && (isLetter || isNumber || self == "+" || self == "-" || self == ".")
    }
}
