package lots

var ForGood = forGood
