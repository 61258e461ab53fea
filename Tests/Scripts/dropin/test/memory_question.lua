-- Who asks a service how much memory it has is not told about what the question itself brought in.
-- Ends in `TEST OK memory_question` or `TEST FAILED memory_question: why`.

package.path = "./Tests/Scripts/runtime/support/?.lua;" .. package.path
local checks = require "checks"
local skynet = require "skynet"

--- KiB that a message and its coroutine may take meanwhile.
local NOISE <const> = 2

checks.run("memory_question", function()
	local quiet = skynet.newservice "quiet"
	local own
	for _ = 1, 3 do
		own = skynet.call(quiet, "lua")
	end
	for question = 1, 5 do
		local told = skynet.call(quiet, "debug", "MEM")
		assert(math.abs(told - own) < NOISE, ("question %d: %.2f KiB told, %.2f in use"):format(question, told, own))
	end
	-- The first debug message was another one.
	local other = skynet.newservice "quiet"
	own = skynet.call(other, "lua")
	skynet.call(other, "debug", "PING")
	local told = skynet.call(other, "debug", "MEM")
	assert(math.abs(told - own) < NOISE, ("after PING: %.2f KiB told, %.2f in use"):format(told, own))
	-- What the service itself has is told.
	assert(skynet.call(skynet.self(), "debug", "MEM") > told, "a test has more than a quiet service")
	skynet.send(other, "debug", "GC")
	assert(skynet.call(other, "debug", "MEM") > 5, "something is left")
end)
