import Testing

@testable import Bootstrap

/// The history's checksums, taken one by one.
@Suite struct GlanceTests {
    private func key(_ id: String) -> HistoryKey { HistoryKey(kind: .migration, id: id) }

    private func glance(_ ids: String...) -> History.Glance {
        var glance = History.Glance(minimumCapacity: ids.count)
        for id in ids { glance.append(key(id), "sum of \(id)") }
        return glance
    }

    @Test func `each row is taken once, in the order of the rows`() {
        var glance = glance("1", "2", "3")
        #expect(glance.take(key("1")) == "sum of 1")
        #expect(glance.take(key("2")) == "sum of 2")
        #expect(glance.keys == [key("3")])
        #expect(glance.take(key("2")) == nil)
        #expect(glance.take(key("3")) == "sum of 3")
        #expect(glance.keys.isEmpty)
    }

    @Test func `each row is taken once, in any other order`() {
        var glance = glance("1", "10", "2")
        #expect(glance.take(key("1")) == "sum of 1")
        #expect(glance.take(key("2")) == "sum of 2")
        #expect(glance.take(key("2")) == nil)
        #expect(glance.keys == [key("10")])
        #expect(glance.take(key("10")) == "sum of 10")
        #expect(glance.take(key("1")) == nil)
        #expect(glance.keys.isEmpty)
    }

    @Test func `a row that is not there costs the others nothing`() {
        var glance = glance("1", "2")
        #expect(glance.take(key("0")) == nil)
        #expect(glance.take(HistoryKey(kind: .repeatable, id: "1")) == nil)
        #expect(Set(glance.keys) == [key("1"), key("2")])
        #expect(glance.take(key("2")) == "sum of 2")
        #expect(glance.take(key("1")) == "sum of 1")
    }
}
