local skynet = require "skynet"
local snax = require "skynet.snax"

local count = 0
local greeting = "hello"
local arguments

function response.add(a, b)
	skynet.sleep(1)
	return a + b
end

function accept.bump()
	count = count + 1
end

function response.count()
	return greeting, count
end

function response.fail()
	error "expected: method failing"
end

function response.started_with()
	return arguments
end

function response.neighbour()
	return require "neighbour"
end

function accept.leave()
	snax.exit()
end

function init(...)
	assert(... ~= "fail", "expected: init failing")
	arguments = { ... }
	snax.enablecluster()
end

function exit()
	arguments = nil
end
