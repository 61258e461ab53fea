-- What a node sends over one connection stays in order, also while the names of its targets are being asked for. This
-- script plays the clusterd and the gate of a clusteragent.
-- Ends in `TEST OK agent_order` or `TEST FAILED agent_order: why`.

local skynet = require "skynet"
local core = require "skynet.cluster.core"
local drill = require "drill"

local questions, notes = {}, {}
local CMD = {}

function CMD.forward() end

function CMD.queryname(name)
	questions[#questions + 1] = { name = name, answer = skynet.response() }
	return skynet.response
end

function CMD.note(text)
	notes[#notes + 1] = text
	return skynet.response
end

skynet.register_protocol { name = "client", id = skynet.PTYPE_CLIENT, pack = function(text) return text end }

local function push(agent, address, text)
	local packet = core.packpush(address, 1, skynet.pack("note", text))
	skynet.send(agent, "client", packet:sub(3))
end

--- Answers the question that is asked next.
local function answer(name, ok)
	local question = drill.await(function() return table.remove(questions, 1) end)
	drill.equal(question.name, name)
	question.answer(ok, skynet.self())
end

drill.run("agent_order", function()
	skynet.dispatch("lua", function(session, _, cmd, ...)
		local result = CMD[cmd](...)
		if session ~= 0 and result ~= skynet.response then
			skynet.retpack(result)
		end
	end)
	local agent = skynet.newservice("clusteragent", skynet.self(), skynet.self(), 99)
	push(agent, "@one", "1")
	push(agent, "@one", "2")
	answer("one", true)
	-- Comes to the agent between the answers to the first two, if both have asked.
	push(agent, "@one", "3")
	push(agent, "@two", "4")
	push(agent, "@one", "5")
	push(agent, skynet.self(), "6")
	push(agent, "@lost", "nobody")
	push(agent, "@two", "7")
	answer("two", true)
	answer("lost", false)
	drill.await(function() return #notes == 7 end)
	drill.equal(table.concat(notes), "1234567")
end)
