-- Our client and another library's, both of the `sharedatad` that is found first: ours, or another tree's.
-- Says TEST OK.
local skynet = require "skynet"
local drill = require "drill"
local ours = require "skynet.sharedata"
local theirs = require "otherlib.sharedata"

drill.run("sharedata_mixed", function()
	ours.new("conf", { a = 1, list = { 10, 20, { deep = "x" } }, sub = { q = 1 } })
	local one, other = ours.query "conf", theirs.query "conf"
	assert(one.a == 1 and other.a == 1 and #other.list == 3 and one.list[3].deep == "x")
	local sub, their_sub = one.sub, other.sub
	ours.update("conf", { a = 2, list = { 1 }, sub = { q = 2 } })
	drill.await(function() return one.a == 2 and other.a == 2 end)
	assert(sub.q == 2 and their_sub.q == 2 and #one.list == 1 and #other.list == 1)
	ours.update("conf", { a = 3 })
	drill.await(function() return one.a == 3 and other.a == 3 end)
	drill.refuses("The key [.sub] doesn't exist after update", function() return sub.q end)
	assert(next(one) == nil and next(ours.deepcopy "conf") == "a")
	ours.delete "conf"
	drill.await(function() return theirs.ended == "conf" end)
	assert(one.a == 3 and other.a == 3 and theirs.loops == 2)
	drill.refuses("call failed", ours.query, "conf")
	-- Old documents are given back once nobody reads them.
	one, other, sub, their_sub = nil, nil, nil, nil
	drill.await(function()
		collectgarbage()
		local daemon = skynet.uniqueservice "sharedatad"
		local info = skynet.call(daemon, "debug", "INFO")
		return (info and info.retired or skynet.call(daemon, "lua", "collect")) == 0
	end)
end)
