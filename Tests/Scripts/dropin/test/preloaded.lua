-- Uses what a `preload` script has required, or what it requires itself. Says TEST OK.
local skynet = require "skynet"
local drill = require "drill"

drill.run("preloaded", function()
	local sharetable = require "skynet.sharetable"
	sharetable.loadtable("t", { 1 })
	assert(sharetable.query "t"[1] == 1)
	local sharedata = require "skynet.sharedata"
	sharedata.new("d", { 2 })
	assert(sharedata.query "d"[1] == 2)
	require "skynet.datasheet.builder".new("s", { 3 })
	assert(require "skynet.datasheet".query "s"[1] == 3)
	local multicast = require "skynet.multicast"
	local heard = {}
	local channel = multicast.new { dispatch = function(_, _, text) heard[#heard + 1] = text end }
	channel:subscribe()
	channel:publish "news"
	skynet.yield()
	assert(heard[1] == "news")
	multicast.new({ channel = channel.channel }):delete()
	local cluster = require "skynet.cluster"
	cluster.reload { __nowaiting = true, me = "127.0.0.1:0" }
	cluster.register("home", skynet.self())
	assert(not pcall(cluster.call, "nowhere", "@home"))
end)
