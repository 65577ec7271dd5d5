package import Kernel

extension FundingShare {
    /// Of the supplier's part a fee is taken, of the retailer's own none.
    package func fee(_ campaigns: BasisPoints) -> BasisPoints { isSuppliers ? campaigns : BasisPoints(stored: 0) }
}

extension BasisPoints {
    /// The largest discount that so much money pays, with this fee on it. A cap needs no look of its own: a wallet never puts more
    /// into a campaign's account than its cap.
    package func discountMax(payableFrom minor: Int64) -> Int64 {
        guard minor > 0, value > 0 else { return max(0, minor) }
        let whole = Int128(BasisPoints.whole)
        var discount = Int64(Int128(minor) * whole / (whole + Int128(value)))
        // The fee is rounded half up, so the quotient may be one off, either way.
        while discount < minor, discount + 1 + halfUp(of: discount + 1) <= minor { discount += 1 }
        while discount > 0, discount + halfUp(of: discount) > minor { discount -= 1 }
        return discount
    }
}
