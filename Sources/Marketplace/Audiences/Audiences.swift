// Audiences
