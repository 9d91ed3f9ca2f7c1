import Bootstrap
