-- The snax service that cluster_alone uses over a connection.

local snax = require "skynet.snax"

local noted

function response.add(a, b)
	return a + b
end

function accept.note(text)
	noted = text
end

function response.noted()
	return noted
end

function init()
	snax.enablecluster()
end
