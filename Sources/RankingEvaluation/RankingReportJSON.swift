package import JSONText

extension RankingReport: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("set", set)
            json.array("grains", grains) { $0.value($1) }
            if let level { json.object("level") { level.write(to: &$0) } }
        }
    }
}

extension JSONWriter {
    fileprivate mutating func value(_ grain: RankingReport.Grain) {
        object { json in
            json.field("grain", grain.name)
            json.field("offers", grain.offers)
            json.field("users", grain.users)
            json.array("scores", grain.scores) { json, score in
                json.object { json in
                    json.field("score", score.name)
                    json.decimal("auc", score.measure.auc)
                    json.decimal("lift", score.measure.lift)
                }
            }
            json.field("best_single", grain.bestSingle)
            json.field("goal", word: grain.verdict)
            if let spread = grain.spread {
                json.spread("auc", spread.auc)
                json.spread("lift", spread.lift)
                json.spread("auc_minus_logistic", spread.aucDifference)
                json.spread("lift_minus_logistic", spread.liftDifference)
            }
        }
    }

    fileprivate mutating func spread(_ name: String, _ spread: PairedBootstrap.Spread) {
        object(name) { json in
            json.decimal("p05", spread.low)
            json.decimal("p95", spread.high)
            json.decimal("standard_error", spread.standardError)
        }
    }

    fileprivate mutating func decimal(_ name: String, _ value: Double) { field(name, JSONValue.decimal(value.digits(4))) }
}

extension RankingReport.Level {
    fileprivate func write(to json: inout JSONWriter) {
        json.sum("all", self)
        json.sum("whole", whole)
        json.array("campaigns", campaigns) { json, campaign in
            json.object { json in
                json.field("campaign", campaign.id)
                json.field("shown", campaign.shown)
                json.decimal("expected", campaign.expected)
                json.field("p10", campaign.p10)
                json.field("p90", campaign.p90)
                json.field("actual", campaign.actual)
                json.field("whole", campaign.isWhole)
            }
        }
    }
}

extension JSONWriter {
    fileprivate mutating func sum(_ name: String, _ level: RankingReport.Level) {
        object(name) { json in
            json.decimal("expected", level.expected)
            json.field("actual", level.actual)
            json.decimal("ratio", level.ratio ?? 0)
            json.decimal("inside_share", level.insideShare)
        }
    }
}
