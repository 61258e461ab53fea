-- Speaks to service_provider, service_cell and snaxd as another library does.
-- Ends in `TEST OK provider_client` or `TEST FAILED provider_client: why`.

local skynet = require "skynet"
local drill = require "drill"

local provider

local function ask(...)
	return table.pack(skynet.call(provider, "lua", ...))
end

local CODE = string.dump(function(first, options)
	local skynet = require "skynet"
	skynet.start(function()
		skynet.dispatch("lua", function() skynet.retpack(first, options.key) end)
		if options.slow then
			skynet.wait(skynet.fork(function() skynet.sleep(options.slow) end))
		end
		assert(not options.fail, "expected: asked to fail")
	end)
end)

local function life_of_a_service()
	assert(ask("test", "plain").n == 0, "nobody has launched it")
	local address = ask("launch", "plain", CODE, "one", { key = 2 })[1]
	drill.values(table.pack(skynet.call(address, "lua")), "one", 2)
	drill.values(ask("test", "plain"), address)
	drill.values(ask("query", "plain"), address)
	drill.values(ask("launch", "plain", CODE, "other", {}), address)
	local info = skynet.call(provider, "debug", "INFO")[skynet.address(address)]
	assert(info.name == "plain" and info.init:find "^one,table" and info.time and info.status == nil)
	drill.values(ask("close", "plain"), address)
	drill.values(table.pack(skynet.call(address, "lua")), "one", 2) -- killing it is the business of who closed it
	assert(ask("close", "plain")[1] == nil and ask("test", "plain").n == 0)
	skynet.send(address, "debug", "EXIT")
end

local function services_being_started()
	local cell = skynet.newservice("service_cell", "by hand")
	assert(table.pack(skynet.call(cell, "lua", "init", CODE, 1, {})).n == 0)
	local launched, found
	skynet.fork(function() launched = ask("launch", "booting", CODE, "x", { slow = 100000 })[1] end)
	skynet.fork(function() found = ask("query", "booting")[1] end)
	drill.await(function() return ask("test", "booting")[2] end)
	drill.values(ask("test", "booting"), nil, true)
	drill.values(ask("close", "booting"), nil)
	-- It has an address some time after it is said to be booting.
	local started = drill.await(function()
		for address, info in pairs(skynet.call(provider, "debug", "INFO")) do
			if info.name == "booting" then
				assert(info.status)
				return address
			end
		end
	end)
	-- Whatever the cell waits for is over.
	skynet.call(started, "debug", "KILLTASK", "thread")
	assert(not launched and not found)
end

local function failures()
	drill.raises("call failed", ask, "launch", "bad", CODE, 1, { fail = true })
	for _, command in ipairs { "test", "query", "launch" } do
		drill.raises("call failed", ask, command, "bad", CODE, 1, {})
	end
end

local function snax()
	skynet.register_protocol { name = "snax", id = 11, pack = skynet.pack, unpack = skynet.unpack }
	local gone
	skynet.dispatch("lua", function(_, _, what) gone = what end)
	local handle = skynet.newservice("snaxd", "snax_partner")
	local function request(id, ...)
		return table.pack(skynet.call(handle, "snax", id, ...))
	end
	drill.raises("call failed", request, 6)
	assert(request(1, "a", 2).n == 0)
	drill.raises("call failed", request, 1)
	drill.values(request(6), "a", 2)
	skynet.send(handle, "snax", 5, "b")
	drill.values(request(6), "b")
	drill.raises("call failed", request, 7)
	drill.values(request(3, "function hotfix(...) return ... end", "x", nil), true, "x", nil)
	local bad = request(3, "function response.nothing() end")
	assert(bad[1] == false and bad[2]:find "Patch mismatch response.nothing")
	assert(request(4)[1].noted.count == 2)
	assert(request(2, skynet.self()).n == 0)
	drill.await(function() return gone end)
end

drill.run("provider_client", function()
	provider = skynet.uniqueservice "service_provider"
	life_of_a_service()
	services_being_started()
	failures()
	snax()
end)
