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
        var (signature, open): (Int?, (line: Int, indent: Int)?) = (nil, nil)
        for (number, line) in file.lines.enumerated() {
            let indent = line.prefix { $0 == " " }.count
            if let start = open {
                guard indent == start.indent, line.dropFirst(indent).hasPrefix("}") else { continue }
                #expect(number - start.line <= Self.functionLinesMax, "\(file.path):\(start.line + 1)")
                open = nil
            } else if line.isEmpty {
                signature = nil
            } else if signature != nil || Self.beginsFunction(line) {
                if line.hasSuffix("{") { (open, signature) = ((number, signature ?? indent), nil) }
                if open == nil && !line.contains("{") { signature = signature ?? indent }
            }
        }
    }

    private static func beginsFunction(_ line: String) -> Bool {
        !line.contains("//") && (line.contains("func ") || line.contains(" init"))
    }
}
