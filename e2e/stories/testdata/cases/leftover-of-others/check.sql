SELECT * FROM _t_new n, _t_old o WHERE n.precious + o.precious <> 3;
