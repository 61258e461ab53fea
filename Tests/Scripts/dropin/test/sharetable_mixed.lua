-- Our library and another one at the service `sharetable` of either. Says TEST OK.
local drill = require "drill"
local ours = require "skynet.sharetable"
local theirs = require "otherlib.sharetable"

local function check()
	ours.loadtable("one", { 1, { x = "inner" }, gone = {} })
	theirs.loadtable("two", { a = { b = 1 } })
	theirs.loadstring("three", "return { ... }", 1, true)
	local one, two = theirs.query "one", ours.query "two"
	assert(one == ours.query "one" and one[2].x == "inner" and two == theirs.query "two" and two.a.b == 1)
	assert(ours.query "three"[2] == true and ours.query "none" == nil and theirs.query "none" == nil)
	local all = theirs.queryall()
	assert(all.one == one and all.two == two and all.three)
	all = ours.queryall { "one", "none" }
	assert(all.one == one and next(all, next(all)) == nil)
	-- Their update, which walks from the registry to all but the running coroutine.
	holder = { one, one[2], one.gone }
	local waiting = coroutine.create(function(t)
		coroutine.yield()
		return t
	end)
	coroutine.resume(waiting, one)
	holder.waiting = waiting
	ours.loadtable("one", { 2, { x = "new" } })
	local newest = theirs.query "one"
	theirs.update(one, newest)
	assert(holder[1] == newest and holder[2] == newest[2] and holder[3] == nil)
	assert(select(2, coroutine.resume(waiting)) == newest)
	assert(theirs.query "one" == newest and ours.query "one" == newest)
	-- Our update, of a table their library made.
	local a = two.a
	theirs.loadtable("two", { a = { b = 2 } })
	assert(a.b == 1)
	ours.update "two"
	assert(a.b == 2 and two == theirs.query "two")
end

-- Whoever asks first brings the service: this script is run as it is, and as `sharetable_theirs`.
drill.run("sharetable_mixed", function()
	if SERVICE_NAME == "sharetable_theirs" then
		theirs.start()
	else
		ours.loadtable("first", {})
	end
	check()
end)
