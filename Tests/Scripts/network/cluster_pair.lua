-- skynet.cluster between two processes, one of which is killed and brought back.
-- Ends in `TEST OK cluster_pair` or `TEST FAILED cluster_pair: why`.

local skynet = require "skynet"
local cases = require "cases"
local cluster = require "skynet.cluster"
local socket = require "skynet.socket"
local companion = require "companion"

local HOST = "127.0.0.1"
local MOST_TRIES = 400
local BETWEEN_TRIES = 5 -- ticks

local function free_port()
	local listener, _, port = socket.listen(HOST, 0)
	socket.close(listener)
	return port
end

local function write_config(port)
	local path = os.tmpname()
	local file = assert(io.open(path, "w"))
	file:write('thread = 1\nharbor = 0\nstart = "cluster_peer"\n')
	file:write(("luaservice = %q\n"):format(skynet.getenv "luaservice"))
	file:write(("peer_port = %d\n"):format(port))
	file:close()
	return path
end

local function start_peer(config)
	return companion.start(companion.this_program() .. " " .. config)
end

local function call_until_answered(...)
	for _ = 1, MOST_TRIES do
		local ok, answer = pcall(cluster.call, "peer", "@peer", ...)
		if ok then
			return answer
		end
		skynet.sleep(BETWEEN_TRIES)
	end
	error "the peer does not answer"
end

local function check_traffic()
	assert(cluster.query("peer", "peer") == cluster.query("peer", "peer"))
	for _, size in ipairs { 0, 32768, 40000, 1000000 } do
		local text = ("z"):rep(size)
		assert(cluster.call("peer", "@peer", "echo", text) == text)
	end
	for i = 1, 20 do
		cluster.send("peer", "@peer", "note", i)
	end
	local notes = cluster.call("peer", "@peer", "notes")
	assert(#notes == 20)
	for i = 1, 20 do
		assert(notes[i] == i)
	end
	local proxy = cluster.proxy "peer@peer"
	assert(skynet.call(proxy, "lua", "echo", "by proxy") == "by proxy")
end

local function check_loss(pid, config)
	companion.kill(pid)
	local ok
	repeat
		ok = pcall(cluster.call, "peer", "@peer", "echo")
	until not ok
	cluster.send("peer", "@peer", "note", "nobody hears this")
	pid = start_peer(config)
	assert(call_until_answered("echo", "back") == "back")
	check_traffic()
	return pid
end

cases.report("cluster_pair", function()
	local port = free_port()
	local config = write_config(port)
	local pid = start_peer(config)
	local ok, why = xpcall(function()
		cluster.reload { peer = HOST .. ":" .. port }
		assert(call_until_answered("echo", "hello") == "hello")
		check_traffic()
		pid = check_loss(pid, config)
	end, debug.traceback)
	companion.kill(pid)
	os.remove(config)
	assert(ok, why)
end)
