import Testing

@testable import Bootstrap

struct PasswordHashTests {
    private let salt: [UInt8] = Array(0..<16)

    /// From the reference implementation's own tests: m = 2^16, t = 2, p = 1.
    @Test func `argon2id answers the reference implementation's vector`() {
        let hash = PasswordHash.argon2id(
            "password", salt: Array("somesalt".utf8), passes: 2, kibibytes: 65536, lanes: 1)
        #expect(
            hash == "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ"
                + "$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc")
    }

    @Test func `argon2id hashes with the parameters that the application verifies`() throws {
        let hash = try #require(PasswordHash.argon2id.hash("p@ss/w:rd?#1 é", salt: salt))
        #expect(hash.hasPrefix("$argon2id$v=19$m=65536,t=3,p=4$AAECAwQFBgcICQoLDA0ODw$"))
        #expect(hash.utf8.count == 97)
        #expect(PasswordHash.verify("p@ss/w:rd?#1 é", against: hash) == true)
        #expect(PasswordHash.verify("p@ss/w:rd?#1 e", against: hash) == false)
    }

    /// From Openwall's crypt_blowfish tests.
    @Test func `bcrypt answers a known vector`() {
        let hash = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"
        #expect(PasswordHash.verify("U*U", against: hash) == true)
        #expect(PasswordHash.verify("U*V", against: hash) == false)
    }

    @Test func `bcrypt hashes with cost 12`() throws {
        let hash = try #require(PasswordHash.bcrypt.hash("secret", salt: salt))
        #expect(hash.hasPrefix("$2b$12$..CA.uOD/eaGAOmJB.yMB"))
        #expect(hash.utf8.count == 60)
        #expect(PasswordHash.verify("secret", against: hash) == true)
    }

    @Test(arguments: ["plain", "", "$6$salt$abc", "$argon2x$v=19$", "$argon2id$v=19$broken"])
    func `a hash of an unknown format is neither equal nor different`(_ stored: String) {
        #expect(PasswordHash.verify("plain", against: stored) == nil)
    }

    @Test func `a password that a hash would cut or lose is refused`() {
        let long = String(repeating: "é", count: 37)
        #expect(PasswordHash.argon2id.objection(to: "") == "the password is empty")
        #expect(PasswordHash.argon2id.objection(to: long) == nil)
        #expect(
            PasswordHash.bcrypt.objection(to: long)
                == "the password has 74 bytes and bcrypt reads only 72")
        #expect(
            PasswordHash.bcrypt.objection(to: "a\0b")
                == "bcrypt takes no password with a NUL character")
    }
}
