import TestSupport
import Testing

@Suite(.computing) struct FiguresTests {
    @Test(arguments: Figure.all)
    func `a town meets the published figure within 15 percent`(figure: Figure) {
        let measured = MeasuredTown.shared.value(of: figure.measure)
        #expect(abs(measured / figure.published - 1) <= 0.15, "published \(figure.published), town \(measured)")
    }
}
