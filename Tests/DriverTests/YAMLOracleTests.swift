import FoundationEssentials
import Glibc
import ScriptCorpus
import Testing

@testable import Bootstrap

/// One document, and what we have read of it: texts, lists and pairs.
private struct YAMLReading: Encodable {
    indirect enum Tree: Encodable {
        case text(String)
        case list([Tree])
        case pairs([[Tree]])

        init(_ node: YAMLNode) {
            switch node.content {
            case .scalar(let text, _): self = .text(text)
            case .sequence(let elements): self = .list(elements.map(Tree.init))
            case .mapping(let pairs):
                self = .pairs(pairs.map { [Tree($0.key), Tree($0.value)] })
            }
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .text(let text): try container.encode(text)
            case .list(let elements): try container.encode(["list": elements])
            case .pairs(let pairs): try container.encode(["pairs": pairs])
            }
        }
    }

    let input: String
    var tree: Tree?
    var failure = ""

    init(_ input: String) {
        self.input = input
        do throws(Failure) {
            tree = try YAMLNode.parse(Array(input.utf8), file: "x").map(Tree.init)
        } catch {
            failure = error.headline
        }
    }
}

/// Documents as PyYAML reads them, whose reader in Python is another one than the C library that we
/// have: what both take is the same, and what only we refuse has a reason that is ours.
@Suite(.needsPython)
struct YAMLOracleTests {
    @Test func `YAML is read as PyYAML reads it`() throws {
        var noise = Noise(seed: 11)
        let readings = (0..<6_000).map { _ in YAMLReading(HostileYAML.document(&noise)) }
        let refused = readings.count { !$0.failure.isEmpty }
        #expect(refused > 300 && readings.count - refused > 2000, "\(refused) refused")
        let answer = try PythonOracle.answer(
            to: """
                import json, sys, yaml
                with open(sys.argv[1] + "/readings") as file:
                    readings = json.load(file)

                def tree(node):
                    if isinstance(node, yaml.ScalarNode):
                        return node.value
                    if isinstance(node, yaml.SequenceNode):
                        return {"list": [tree(each) for each in node.value]}
                    return {"pairs": [[tree(key), tree(value)] for key, value in node.value]}

                # What we refuse and YAML allows, and what only the C library does; merged keys are compared
                # nowhere.
                own = ["key without a name", "scanning a tag", "found unexpected ':'",
                       "a second time", "where a key belongs", "second document", "merges", "is a list",
                       "is a mapping", "nothing is", "alias", "anchor", "directive"]

                def agrees(reading):
                    try:
                        node = yaml.compose(reading["input"], Loader=yaml.BaseLoader)
                        theirs, error = (None if node is None else tree(node)), None
                    except RecursionError:
                        return True
                    except Exception as problem:
                        theirs, error = None, str(problem)
                    if reading["failure"]:
                        return error is not None or any(word in reading["failure"] for word in own)
                    if error is not None:
                        # YAML 1.2 lets an anchor stand twice; PyYAML reads `k?` in braces as 1.0 did.
                        return "duplicate anchor" in error or "?" in reading["input"]
                    ours = reading.get("tree")
                    if ours is None:  # nothing, or one plain null
                        return theirs in (None, "", "~", "null", "Null", "NULL")
                    return ours == theirs or "<<" in reading["input"]

                def verdict(text):
                    try:
                        node = yaml.compose(text, Loader=yaml.BaseLoader)
                        return json.dumps(None if node is None else tree(node))
                    except Exception as problem:
                        return str(problem).split("\\n")[0]

                wrong = [reading for reading in readings if not agrees(reading)]
                for reading in sorted(wrong, key=lambda x: len(x["input"]))[:12]:
                    print(json.dumps(reading), "but PyYAML:", verdict(reading["input"]))
                print(len(readings) - len(wrong), "agree")
                """, about: readings)
        #expect(answer == "\(readings.count) agree\n", "\(answer.prefix(6_000))")
    }
}
