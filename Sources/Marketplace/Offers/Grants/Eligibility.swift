package import Bitmaps
import Kernel

/// Who of a campaign's members is granted its offer: those of the audience who are not held out, as their flags stand when
/// the period is decided (DOMAIN 4 and 9). Pure.
package struct Eligibility: Sendable {
    /// Those who want no personal offers, who are no persons, or who were erased.
    package let excluded: KeySet
    package let adults: KeySet
    /// Keys that became another one. Whoever was held out under either key stays held out.
    package let merged: [(key: UInt32, into: UInt32)]

    package init(excluded: KeySet, adults: KeySet, merged: [(key: UInt32, into: UInt32)]) {
        self.excluded = excluded
        self.adults = adults
        self.merged = merged
    }

    /// A set with those as well whom somebody of it became.
    package func following(_ keys: KeySet) -> KeySet {
        var followed = keys
        for (key, into) in merged where keys.contains(key) { followed.insert(into) }
        return followed
    }

    /// `shown` and `holdout` are those of the launch.
    package func granted(of shown: KeySet, holdout: KeySet, adultsOnly: Bool) -> KeySet {
        var granted = shown
        for (key, into) in merged {
            if holdout.contains(key) || holdout.contains(into) {
                granted.remove(into)
            } else if shown.contains(key) {
                granted.insert(into)
            }
            granted.remove(key)
        }
        granted.subtract(excluded)
        if adultsOnly { granted.formIntersection(adults) }
        return granted
    }
}
