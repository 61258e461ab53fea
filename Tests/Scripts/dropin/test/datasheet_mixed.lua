-- Our datasheet library and another one at the service `datasheet` of either. Says TEST OK.
local drill = require "drill"
local dump = require "skynet.datasheet.dump"
local theirs = require "otherlib.datasheet"

-- Whoever asks first brings the service: this script is run as it is, and as `datasheet_theirs`.
drill.run("datasheet_mixed", function()
	if SERVICE_NAME == "datasheet_theirs" then
		theirs.start()
	end
	local builder = require "skynet.datasheet.builder"
	if SERVICE_NAME ~= "datasheet_theirs" then
		theirs.start()
	end
	local ours = require "skynet.datasheet"
	builder.new("one", { v = 1, sub = { "a" } })
	theirs.publish("two", dump.dump { v = 1, sub = { q = 1 } })
	local one, two = theirs.query "one", ours.query "two"
	local sub = two.sub
	assert(one.v == 1 and one.sub[1] == "a" and two.v == 1 and sub.q == 1 and ours.query "one".v == 1)
	builder.update("one", { v = 2, sub = { "b", "c" } })
	theirs.publish("two", dump.diff(dump.dump { v = 1, sub = { q = 1 } }, dump.dump { v = 2, sub = { q = 2 } }))
	drill.await(function() return one.v == 2 and two.v == 2 end)
	assert(#one.sub == 2 and sub.q == 2 and ours.query "one".v == 2)
	assert(theirs.collected == "two", "the old text is needed no more")
	drill.refuses("create data first", function()
		local ok, why = pcall(ours.query, "none")
		error(ok and "found" or why:find "call failed" and "create data first" or why)
	end)
end)
