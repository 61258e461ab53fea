-- skynet.cluster before a node is connected: what is asked of it arrives in the order, and with the arguments, of the
-- moment it was asked.
-- Ends in `TEST OK cluster_order` or `TEST FAILED cluster_order: why`.

local skynet = require "skynet"
local cluster = require "skynet.cluster"
local drill = require "drill"

local HOST <const> = "127.0.0.1"

local function ask_in_turn(node)
	local answers, changing = {}, { text = "as it was" }
	local function call(i, value)
		skynet.fork(function() answers[i] = cluster.call(node, "@echo", "note", value) end)
	end
	call(1, "c1")
	skynet.fork(function() cluster.send(node, "@echo", "note", "s2") end)
	call(3, "c3")
	skynet.fork(function()
		cluster.send(node, "@echo", "note", "s4")
		cluster.send(node, "@echo", "note", "s5")
	end)
	call(6, changing)
	local sender
	skynet.fork(function() sender = cluster.get_sender(node) end)
	skynet.fork(function() answers[0] = cluster.query(node, "echo") end)
	call(7, "c7")
	skynet.yield()
	changing.text = "too late"
	return answers, function() return sender and answers[0] and answers[7] end
end

local function order(address)
	local answers, all = ask_in_turn "later"
	cluster.reload { later = address }
	drill.await(all)
	drill.equal(cluster.call("later", "@echo", "notes"), { "c1", "s2", "c3", "s4", "s5", { text = "as it was" }, "c7" })
	drill.equal(answers[7], 7)
end

--- Who waits may be ended; the others have their turn.
local function ended_waiters(address)
	local answer
	local killed = skynet.fork(function() cluster.call("last", "@echo", "note", "never") end)
	skynet.fork(function() answer = cluster.call("last", "@echo", "note", "still") end)
	skynet.yield()
	skynet.killthread(killed)
	cluster.reload { last = address }
	drill.await(function() return answer end)
	local notes = cluster.call("last", "@echo", "notes")
	assert(notes[#notes] == "still" and notes[#notes - 1] == "c7")
end

local function unreachable()
	cluster.reload { down = false }
	cluster.send("down", "@echo", "note", "nobody")
	drill.raises("dest address type %(nil%) must be a string or number%.", cluster.call, "down", "@echo")
	drill.raises("dest address type", cluster.query, "down", "echo")
	assert(cluster.get_sender "down" == nil)
end

drill.run("cluster_order", function()
	local ip, port = cluster.open(0)
	assert(ip == "0.0.0.0")
	cluster.register("echo", skynet.newservice "drill_echo")
	order(HOST .. ":" .. port)
	ended_waiters(HOST .. ":" .. port)
	unreachable()
	cluster.reload { named = HOST .. ":0" }
	ip, port = cluster.open "named"
	assert(ip == HOST and port > 0)
end)
