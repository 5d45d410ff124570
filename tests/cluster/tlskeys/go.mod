module kubeclient.invalid/tests/cluster/tlskeys

go 1.26.0
