#if PostgreSQL
extension FakeServer.Behaviour {
    /// Reads the login of a client of PostgreSQL's and refuses it with these fields of an error, by
    /// their letter; without any it hangs up.
    static func refusesPostgreSQL(_ fields: [Character: String] = [:]) -> Self {
        .speaks { client in
            // N to the questions for encryption, which are eight bytes long; then comes the login.
            // <https://www.postgresql.org/docs/current/protocol-message-formats.html>
            while let message = client.read(), message.count == 8, message[4...5] == [4, 210] {
                client.write([UInt8(ascii: "N")])
            }
            if !fields.isEmpty { client.write(errorResponse(fields)) }
        }
    }

    private static func errorResponse(_ fields: [Character: String]) -> [UInt8] {
        var body: [UInt8] = []
        for (letter, text) in fields { body += [letter.asciiValue ?? 0] + Array(text.utf8) + [0] }
        body.append(0)
        let length = UInt32(body.count + 4).bigEndian
        return [UInt8(ascii: "E")] + withUnsafeBytes(of: length) { Array($0) } + body
    }
}
#endif
