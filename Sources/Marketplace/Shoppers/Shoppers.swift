// Shoppers
