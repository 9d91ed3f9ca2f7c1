extension MigrationBody {
    package func fingerprint(_ rules: LexicalRules) -> String { checksum }
}
extension Script {
    package var changesSession: Bool { true }
}
