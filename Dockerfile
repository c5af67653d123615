# syntax=docker/dockerfile:1
FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /source

# Restore first: its layer lasts until a package or a project file changes.
COPY global.json Directory.Build.props Directory.Packages.props .editorconfig BannedSymbols.txt ./
COPY src/Contracts/Contracts.csproj src/Contracts/
COPY src/Learning/Learning.csproj src/Learning/
COPY src/Onnx/Onnx.csproj src/Onnx/
COPY src/Storage/Storage.csproj src/Storage/
COPY src/Api/Api.csproj src/Api/
RUN dotnet restore src/Api/Api.csproj --use-current-runtime -p:PublishReadyToRun=true

# Compiled for this platform already, so that the first answers come in half the time; what is hot is compiled again as it runs.
COPY src/ src/
RUN dotnet publish src/Api/Api.csproj --configuration Release --use-current-runtime --self-contained false -p:PublishReadyToRun=true --no-restore --output /app

FROM mcr.microsoft.com/dotnet/aspnet:10.0 AS service
WORKDIR /app

# curl serves the health check only.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends curl \
 && rm -rf /var/lib/apt/lists/* \
 && mkdir /data && chown "$APP_UID:$APP_UID" /data

COPY --from=build /app ./

# 8080 speaks HTTP/1.1, 8081 cleartext HTTP/2. Beyond loopback the service does not start without an API key
# (Lifelong__ApiKeys__0__Name, Lifelong__ApiKeys__0__Key, Lifelong__ApiKeys__0__Scopes).
ENV ASPNETCORE_HTTP_PORTS=8080 \
    Lifelong__Http2Port=8081 \
    ConnectionStrings__Lifelong="Data Source=/data/lifelong.db"
EXPOSE 8080 8081

# A folder of the host that is mounted here must belong to the user below: chown 1654:1654 folder.
VOLUME /data
USER $APP_UID
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=5 CMD curl --fail --silent --show-error http://127.0.0.1:8080/readyz || exit 1
ENTRYPOINT ["dotnet", "LifelongApi.Api.dll"]
