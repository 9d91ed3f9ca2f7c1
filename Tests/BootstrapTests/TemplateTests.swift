import ScriptCorpus
import Testing

@testable import Bootstrap

private let settings: Settings = {
    var settings = Settings([
        "NAME": Setting("Ann"), "EMPTY": Setting(""), "DB_PASSWORD": Setting("hunter2"),
        "TRICKY": Setting("${NAME} $${x}"), "lower_1": Setting("low"),
    ])
    settings.add(
        [
            "API_FILE": Setting("/run/api", origin: "the environment"),
            "GONE_FILE": Setting("/run/gone", origin: "the environment"),
            "BOTH_FILE": Setting("/run/both", origin: "the environment"),
            "BOTH": Setting("x", origin: "the environment"),
        ], in: "the environment"
    ) { (path) throws(UnreadableFile) in
        guard path == "/run/api" else { throw UnreadableFile(reason: "there is no such file") }
        return Array("from a file\n".utf8)
    }
    return settings
}()

private func resolve(_ text: String) throws -> String {
    try Template(text).resolve(settings).text
}

@Suite struct TemplateTests {
    @Test(arguments: [
        ("plain $ text }", "plain $ text }"),
        ("", ""),
        ("Hello ${NAME}!", "Hello Ann!"),
        ("${NAME}${NAME}", "AnnAnn"),
        ("${lower_1}", "low"),
        ("$${NAME}", "${NAME}"),
        ("$$${NAME}", "$${NAME}"),
        ("$5 and $$", "$5 and $$"),
        ("${MISSING:-default}", "default"),
        ("${NAME:-default}", "Ann"),
        ("${EMPTY}", ""),
        ("${EMPTY:-default}", "default"),
        ("${MISSING:-}", ""),
        ("${MISSING:-{\"a\": {}}}", "{\"a\": {}}"),
        ("${MISSING:-${NAME}} ", "Ann "),
        ("${MISSING:-a${ALSO:-b${NAME}}c}", "abAnnc"),
        ("${NAME:?why}", "Ann"),
        ("${MISSING:-$${x}}", "${x}"),
        ("${TRICKY}", "${NAME} $${x}"),
        ("${API}", "from a file"),
    ])
    func `settings are put in, once`(_ text: String, _ expected: String) throws {
        #expect(try resolve(text) == expected)
    }

    @Test(arguments: [
        ("${MISSING}", 1, "needs the setting MISSING, which is not set"),
        ("é ${MISSING:?ask ops}", 3, "needs the setting MISSING: ask ops"),
        ("${EMPTY:?it must be set}", 1, "needs the setting EMPTY: it must be set"),
        ("${MISSING:?}", 1, "needs the setting MISSING, which is not set"),
        ("${MISSING:-${ALSO}}", 12, "needs the setting ALSO, which is not set"),
        ("a ${NAME", 3, "has ${ without }; a ${ that is meant is written $${"),
        ("${", 1, "has ${ without }; a ${ that is meant is written $${"),
        ("${NAME:-x", 1, "has ${ without }; a ${ that is meant is written $${"),
        ("${NAME:?x", 1, "has ${ without }; a ${ that is meant is written $${"),
        ("${}", 1, "has ${ without a name; a ${ that is meant is written $${"),
        ("${1A}", 1, "has ${ without a name; a ${ that is meant is written $${"),
        (
            "${NAME-x}", 1,
            """
            has ${ and a name with something else behind it than }, :-default} or :?why}; a ${ that \
            is meant is written $${
            """
        ),
        (
            "${GONE}", 1,
            """
            needs the setting GONE: GONE cannot be read from /run/gone \
            (GONE_FILE in the environment): there is no such file
            """
        ),
        (
            "${BOTH}", 1,
            """
            needs the setting BOTH: BOTH and BOTH_FILE are both set in the environment; \
            keep one of them
            """
        ),
    ])
    func `a mistake is told with its position`(_ text: String, _ position: Int, _ message: String) {
        let error = #expect(throws: TemplateError.self) { try resolve(text) }
        #expect(error?.position == position)
        #expect(error?.message == message)
    }

    @Test func `defaults inside defaults end at ten levels`() {
        let text = String(repeating: "${A:-", count: 100_000)
        #expect(throws: TemplateError(.tooDeep, position: 51)) { try Template(text) }
    }

    @Test func `a secret leaves its name in the text that may be shown`() throws {
        let template = try Template("${NAME}:${DB_PASSWORD}@${API}:${MY_TOKEN:-changethis}")
        let resolved = try template.resolve(settings)
        #expect(resolved.isSecret)
        #expect(resolved.text == "Ann:hunter2@from a file:changethis")
        #expect(resolved.nonSecretText == "Ann:${DB_PASSWORD}@${API}:${MY_TOKEN}")
        #expect(try !Template("${NAME}").resolve(settings).isSecret)
    }

    @Test func `what is put in can be encoded on its way`() throws {
        let template = try Template("x:${NAME}:${NO:-x}")
        let resolved = try template.resolve(settings) { "<\($0)>" }
        #expect(resolved.text == "x:<Ann>:<x>")
    }

    @Test func `names are listed once and in order, those in defaults too`() throws {
        let template = try Template("${B} ${A:-${C}} ${B} $${D}")
        #expect(template.names == ["B", "A", "C"])
        #expect(try Template("no names").isConstant)
    }

    @Test func `all missing settings are found together`() throws {
        let template = try Template("${X} ${NAME} ${Y:?why} ${Z:-z} ${GONE}")
        let missing = template.missing(in: settings)
        #expect(missing.map(\.missingName) == ["X", "Y", "GONE"])
        #expect(missing.map(\.position) == [1, 14, 32])
    }

    @Test func `a name tells a secret`() {
        for name in ["DB_PASSWORD", "secret", "API_TOKEN", "SECRET_KEY", "x_key"] {
            #expect(Settings.isSecretName(name), "\(name)")
        }
        for name in ["PASSWORD_HINT", "TOKENS", "NAME", ""] {
            #expect(!Settings.isSecretName(name), "\(name)")
        }
        #expect(settings["DB_PASSWORD"]?.isSecret == true)
        #expect(settings["API"]?.isSecret == true)
        #expect(settings["API"]?.origin == "/run/api (API_FILE in the environment)")
        #expect(settings.isSecret("GONE"))
        #expect(settings["GONE"] == nil)
        #expect(settings["NAME"]?.isSecret == false)
    }

    @Test func `random templates never crash`() {
        var random = Noise(seed: 3)
        let alphabet = Array("${}:-?AB$${é")
        for _ in 0..<3000 {
            let count = Int.random(in: 0..<30, using: &random)
            let text = String(
                (0..<count).map { _ in alphabet.randomElement(using: &random) ?? "a" })
            _ = try? Template(text).resolve(settings)
        }
    }
}

@Suite struct NearestTests {
    @Test(arguments: [
        ("lock_wiat", "lock_wait"), ("lock-wait", "lock_wait"), ("Lockwait", "lock_wait"),
        ("lok_wait", "lock_wait"), ("wiat", "wait"), ("ulr", "url"), ("waits", "wait"),
    ])
    func `a misspelt word is recognised`(_ word: String, _ expected: String) {
        #expect(nearest(word, in: ["url", "wait", "lock_wait", "lock_timeout", "to"]) == expected)
    }

    @Test(arguments: ["colour", "x", "", "something else entirely", "timeout"])
    func `a word that is like none gets no suggestion`(_ word: String) {
        #expect(nearest(word, in: ["url", "wait", "lock_wait", "to"]) == nil)
    }

    @Test func `of two equally near words the first in the alphabet is taken`() {
        #expect(nearest("bat", in: ["hat", "cat"]) == "cat")
    }

    @Test func `a very long word costs nothing`() {
        #expect(nearest(String(repeating: "a", count: 1_000_000), in: ["aaa"]) == nil)
    }
}
