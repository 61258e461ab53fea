response.five = 5
