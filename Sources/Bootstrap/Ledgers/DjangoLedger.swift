/// Django: a row for each migration, which is a program.
/// <https://docs.djangoproject.com/en/stable/topics/migrations/>
enum DjangoLedger: Ledger {
    static let tool = "django"
    static let language: String? = "Python"
    static let tables = [TableName("django_migrations")]
    static let shape = LedgerShape(
        columns: [
            "app": LedgerShape.words, "name": LedgerShape.words, "applied": LedgerShape.moments,
        ])

    static func contents(of rows: [LedgerRow]) -> LedgerContents {
        LedgerContents(
            entries: rows.map {
                LedgerEntry(name: "\($0["app"].text ?? "").\($0["name"].text ?? "")")
            })
    }
}
