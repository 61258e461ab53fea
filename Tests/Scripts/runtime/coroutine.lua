-- Accepts no messages.
-- Coroutines which may block in functions of skynet.
-- Ends in `TEST OK coroutine` or `TEST FAILED coroutine: why`.
package.path = SERVICE_PATH .. "support/?.lua;" .. package.path

local skynet = require "skynet"
local co = require "skynet.coroutine"
local checks = require "checks"

local function blocking_is_invisible()
	local body = co.wrap(function(a)
		skynet.sleep(1)
		local b = co.yield(a + 1)
		skynet.sleep(1)
		return b, nil, 3
	end)
	checks.equal(body(1), 2)
	checks.equal(table.pack(body "b"), { n = 3, "b", nil, 3 })
	checks.raises("cannot resume dead coroutine", body)
end

local function blocked_ones_stand_still()
	local blocked = co.create(function()
		skynet.sleep(3)
		return "done"
	end)
	local seen
	skynet.fork(function()
		seen = { co.status(blocked), select(2, co.resume(blocked)) }
	end)
	checks.equal(co.status(blocked), "suspended")
	checks.equal({ co.resume(blocked) }, { true, "done" })
	checks.equal(seen, { "blocked", "cannot resume a skynet coroutine suspend by skynet framework" })
	checks.equal({ co.resume(blocked) }, { false, "cannot resume dead coroutine" })
	checks.equal(co.status(blocked), "dead")
	checks.equal({ co.resume(coroutine.create(print)) }, { false, "cannot resume none skynet coroutine" })
end

--- Long enough for the turn to be suspended in between.
local function spin()
	local deadline = os.clock() + 0.03
	repeat until os.clock() > deadline
end

local function is_over(wrapped)
	local ok, why = pcall(function() wrapped() end)
	assert(not ok and why:find "^%S+coroutine.lua:%d+: cannot resume dead coroutine$", why)
end

--- What a body returns at its end is a value like those it yields; then there is nothing to be had any more.
local function last_values()
	local function body(yield, pause, final)
		return function(first)
			pause()
			local second = yield(first, nil, "x")
			pause()
			return table.unpack(final, 1, final.n)
		end
	end
	local finals = { { n = 0 }, { n = 1, 7 }, { n = 3, nil, false, nil }, { n = 1, nil }, table.pack(table.unpack({}, 1, 200)) }
	local profile = require "skynet.profile"
	for _, final in ipairs(finals) do
		for _, pause in ipairs { function() end, spin, function() skynet.sleep(0) end, function() skynet.yield() spin() end } do
			local wrapped = co.wrap(body(co.yield, pause, final))
			checks.equal(table.pack(wrapped(1)), { n = 3, 1, nil, "x" })
			checks.equal(table.pack(wrapped()), final)
			is_over(wrapped)
		end
		for _, wrap in ipairs { coroutine.wrap, profile.wrap } do
			for _, pause in ipairs { function() end, spin } do
				local wrapped = wrap(body(coroutine.yield, pause, final))
				checks.equal(table.pack(wrapped(1)), { n = 3, 1, nil, "x" })
				checks.equal(table.pack(wrapped()), final)
				is_over(wrapped)
			end
		end
	end
	local seen = {}
	for value in coroutine.wrap(function()
		profile.start()
		for i = 1, 3 do
			spin()
			coroutine.yield(i)
		end
		assert(profile.stop() > 0.05)
	end) do
		seen[#seen + 1] = value
	end
	checks.equal(seen, { 1, 2, 3 })
end

local function nested()
	local outer = co.wrap(function()
		local inner = co.wrap(function()
			skynet.sleep(1)
			co.yield "inner"
			skynet.sleep(1)
			return "end"
		end)
		co.yield(inner())
		skynet.sleep(1)
		co.yield(inner())
	end)
	checks.equal(outer(), "inner")
	checks.equal(outer(), "end")
end

local function errors()
	local body = co.wrap(function()
		error "expected"
	end)
	checks.raises("expected", body)
	local value = {}
	local ok, err = pcall(co.wrap(error), value)
	assert(not ok and err == value)
end

local function threads()
	local me = coroutine.running()
	checks.equal({ co.thread() }, { me, true })
	co.wrap(function()
		co.wrap(function()
			checks.equal({ co.thread() }, { me, false })
		end)()
	end)()
	local closing = co.create(function()
		local _ <close> = setmetatable({}, { __close = function()
			me = nil
		end })
		co.yield()
	end)
	co.resume(closing)
	checks.equal(co.close(closing), true)
	checks.equal(me, nil)
end

checks.run("coroutine", function()
	blocking_is_invisible()
	blocked_ones_stand_still()
	last_values()
	nested()
	errors()
	threads()
end)
