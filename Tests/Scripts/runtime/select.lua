-- Accepts no messages.
-- Several requests at once: `skynet.request` and `select`.
-- Ends in `TEST OK select` or `TEST FAILED select: why`.
package.path = SERVICE_PATH .. "support/?.lua;" .. package.path

local skynet = require "skynet"
local checks = require "checks"

local function everything_is_answered(echo)
	local invalid_first, answers = {}, {}
	local request = skynet.request { echo, "lua", "echo", 1, nil, 3, n = 6, tag = "one" }
	request { 0xffff00, "lua", tag = "dead one" } { 0xffff01, "lua", tag = "dead two" }
	request:add { echo, "lua", "fail", tag = "failing" }
	for entry, answer in request:select() do
		if answer == nil then
			assert(next(answers) == nil)
			invalid_first[#invalid_first + 1] = entry.tag
		else
			answers[entry.tag] = answer
		end
	end
	checks.equal(invalid_first, { "dead two", "dead one" })
	checks.equal(answers, { one = { n = 3, 1, nil, 3 }, failing = false })
	checks.equal(request.timeout, nil)
	checks.raises("assertion failed!", request.select, request)
	checks.raises("assertion failed!", request.add, request, {})
end

local function time_is_up(echo)
	local tags = {}
	local request = skynet.request { echo, "lua", "hang" } { echo, "lua", "echo", tag = "fast" }
	for entry in request:select(200) do
		tags[#tags + 1] = entry.tag
	end
	checks.equal(tags, { "fast" })
	checks.equal(request.timeout, true)
end

local function calls_inside_the_loop(echo)
	local sum = 0
	local request = skynet.request { echo, "lua", "echo", 1 } { echo, "lua", "echo", 2 } { echo, "lua", "echo", 3 }
	for _, answer in request:select() do
		sum = sum + skynet.call(echo, "lua", "echo", answer[1])
	end
	checks.equal(sum, 6)
end

local function leaving_early(echo)
	for _ in skynet.request { echo, "lua", "echo" } { echo, "lua", "hold" }:select() do
		break
	end
	-- The late reply must reach nobody; an unknown response would be logged.
	local lines = checks.logged(function()
		skynet.call(echo, "lua", "release")
		checks.settle()
	end)
	checks.equal(lines, {})
end

checks.run("select", function()
	local echo = skynet.newservice "support/echo"
	for _ in skynet.request():select() do
		error "nothing was asked"
	end
	checks.raises("attempt to index a nil value (local 'p')", function()
		return skynet.request { echo, "no such type" }:select()
	end)
	everything_is_answered(echo)
	time_is_up(echo)
	calls_inside_the_loop(echo)
	leaving_early(echo)
end)
