function accept.twice() end function accept.twice() end
