import Testing

@Suite struct SizeTests {
    static let fileLinesMax = 300
    static let functionLinesMax = 60

    @Test(arguments: SourceFile.sources)
    func `a file holds one idea in at most 300 lines`(file: SourceFile) {
        #expect(file.lines.count <= Self.fileLinesMax)
    }

    @Test(arguments: SourceFile.sources)
    func `a function fits on a screen of 60 lines`(file: SourceFile) {
        var open: (line: Int, indent: Int)?
        for (number, line) in file.lines.enumerated() {
            let indent = line.prefix { $0 == " " }.count
            if let start = open, indent == start.indent, line.dropFirst(indent).hasPrefix("}") {
                #expect(number - start.line <= Self.functionLinesMax, "\(file.path):\(start.line + 1)")
                open = nil
            } else if open == nil, line.contains("func ") || line.contains(" init"), line.hasSuffix("{") {
                open = (number, indent)
            }
        }
    }
}
