-- Uses what a `preload` script has required, or what it requires itself. Says TEST OK.
local test = require "otherlib.test"

test.run(function()
	local sharetable = require "skynet.sharetable"
	sharetable.loadtable("t", { 1 })
	assert(sharetable.query "t"[1] == 1)
	local sharedata = require "skynet.sharedata"
	sharedata.new("d", { 2 })
	assert(sharedata.query "d"[1] == 2)
	require "skynet.datasheet.builder".new("s", { 3 })
	assert(require "skynet.datasheet".query "s"[1] == 3)
end)
