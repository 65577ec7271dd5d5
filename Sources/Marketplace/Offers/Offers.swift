// Offers
