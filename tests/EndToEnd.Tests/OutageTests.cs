using System.Data.Common;
using System.Net;
using LifelongApi.Contracts.Journal;
using LifelongApi.Contracts.Learning;
using LifelongApi.Contracts.Problems;
using LifelongApi.EndToEnd.Tests.Data;
using LifelongApi.EndToEnd.Tests.Harness;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace LifelongApi.EndToEnd.Tests;

/// <summary>The database goes away while the service runs, and comes back.</summary>
public sealed class OutageTests
{
    [Theory]
    [InlineData(OutageKind.LockedFile)]
    [InlineData(OutageKind.CutConnection)]
    [InlineData(OutageKind.StoppedServer)]
    public async Task Without_its_database_the_service_predicts_refuses_to_learn_and_goes_on_by_itself(OutageKind kind)
    {
        await using var outage = await Outage.PrepareAsync(kind);
        await using var server = await ServerProcess.StartAsync(outage.ConnectionString);
        var http = server.Http;
        var events = ElectricityStream.Events(300, "row");
        var probes = ElectricityStream.Rows(50, seed: 99).Select(row => row.Features).ToArray();
        await http.CreateClassifierAsync("market");
        await http.LearnAsync("market", [.. events.Take(100)]);
        var before = await http.PredictTextAsync("market", probes);

        await outage.BeginAsync();
        var problem = await http.RefusedAsync(HttpStatusCode.ServiceUnavailable, HttpMethod.Post, "/v1/models/market/learn", LifelongHttp.Json(events[100]));
        Assert.Equal(ProblemTypes.Unavailable, problem.Type);
        Assert.Equal(before, await http.PredictTextAsync("market", probes));
        await outage.EndAsync();

        // Nobody restarts anything: the same call succeeds as soon as the service has found its database again.
        await Eventually.Async("learning to go on", async () =>
        {
            using var response = await http.SendAsync(HttpMethod.Post, "/v1/models/market/learn", LifelongHttp.Json(events[100]));
            Assert.True(
                response.StatusCode is HttpStatusCode.OK or HttpStatusCode.ServiceUnavailable,
                $"Learning answered {(int)response.StatusCode} while the database came back.");
            return response.StatusCode == HttpStatusCode.OK ? server : null;
        });
        var results = await http.LearnAsync("market", events);
        Assert.All(results.Take(101), result => Assert.Equal(LearnStatus.Duplicate, result.Status));
        Assert.All(results.Skip(101), result => Assert.Equal(LearnStatus.Learned, result.Status));
        Assert.Equal(300, (await http.MetricsAsync("market")).Total.Count);
        var journal = (await http.HistoryAsync("market")).Where(entry => entry.Kind == EventKind.Learned).Select(entry => entry.EventId).Reverse();
        Assert.Equal(events.Select(learnEvent => learnEvent.EventId), journal);

        // Nothing was half applied: what is in memory is what the journal folds to.
        var state = (await http.ModelAsync("market")).StateHash;
        await server.RestartAsync();
        Assert.Equal(state, (await http.ModelAsync("market")).StateHash);
    }

    [Theory]
    [InlineData(OutageKind.LockedFile)]
    [InlineData(OutageKind.CutConnection)]
    [InlineData(OutageKind.StoppedServer)]
    public async Task The_outages_of_these_tests_are_outages(OutageKind kind)
    {
        await using var outage = await Outage.PrepareAsync(kind);
        await WriteAsync(outage, "CREATE TABLE probe (number integer)");
        await outage.BeginAsync();
        await Assert.ThrowsAnyAsync<DbException>(() => WriteAsync(outage, "INSERT INTO probe VALUES (1)"));
        await outage.EndAsync();
        await WriteAsync(outage, "INSERT INTO probe VALUES (2)");
    }

    private static async Task WriteAsync(Outage outage, string sql)
    {
        await using DbConnection connection = outage.ConnectionString.StartsWith("Data Source", StringComparison.Ordinal)
            ? new SqliteConnection(outage.ConnectionString + ";Pooling=False")
            : new NpgsqlConnection(outage.ConnectionString + ";Pooling=False");
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }
}
