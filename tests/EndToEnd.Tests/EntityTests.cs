using System.Net;
using LifelongApi.Contracts.Learning;
using LifelongApi.Contracts.Models;
using LifelongApi.EndToEnd.Tests.Harness;

namespace LifelongApi.EndToEnd.Tests;

/// <summary>Five times more entities than a model has room for, each with an opinion of its own, over the wire: through a kill, a restore and a fork each is known and right.</summary>
public sealed class EntityTests
{
    private const int Sensors = 40;

    private static readonly CreateModelRequest Spec = new()
    {
        Preset = "classifier",
        Input = new InputSpec { Kind = InputKind.Vector, Size = 3 },
        Entities = new EntitiesSpec { Capacity = 8 },
    };

    [Theory]
    [ClassData(typeof(EveryStore))]
    public async Task Entities_disagree_outnumber_the_memory_and_survive_a_kill(StoreKind kind)
    {
        await using var store = await TestStore.CreateAsync(kind);
        await using var server = await ServerProcess.StartAsync(store, "--Lifelong:EntityByteBudget=2000");
        await server.Http.CreateAsync("sensors", Spec);
        var results = new List<LearnResult>();
        for (var first = 0; first < 2400; first += 300)
        {
            results.AddRange(await server.Http.LearnAsync("sensors", [.. Enumerable.Range(first, 300).Select(Row)]));
            if (first == 900)
            {
                await server.KillAsync();
                await server.RestartAsync();
            }
        }

        Assert.Equal(Sensors, results.Count(result => result.EntityKnown == false));
        Assert.True(Right(results, 1600) > 0.85, $"{Right(results, 1600):P1} right by entity.");
        await server.Http.CreateAsync("alone", Spec with { Input = null, Entities = null, Follow = "sensors" });
        await server.Http.CreateAsync("roomy", Spec with { Input = null, Entities = new EntitiesSpec { Capacity = 1000 }, Follow = "sensors" });
        foreach (var follower in new[] { "alone", "roomy" })
        {
            await Eventually.Async("the follower has everything", async () => await server.Http.ModelAsync(follower) is { Sequence: >= 2400 } model ? model : null);
        }

        Assert.True((await server.Http.MetricsAsync("alone")).Window.Accuracy < 0.65, "Without entities one answer fits all.");
        var before = await server.Http.ModelAsync("sensors");
        var answers = await AskAsync(server, "sensors");
        Assert.Equal(await AskAsync(server, "roomy"), answers);
        Assert.Equal([.. Enumerable.Repeat<bool?>(true, Sensors), false], answers.Select(answer => answer.Known));

        await server.KillAsync();
        await server.RestartAsync();
        Assert.Equal(before.StateHash, (await server.Http.ModelAsync("sensors")).StateHash);
        Assert.Equal(answers, await AskAsync(server, "sensors"));

        var version = await server.Http.SnapshotAsync("sensors");
        await server.Http.LearnAsync("sensors", [.. Enumerable.Range(2400, 400).Select(Row)]);
        Assert.NotEqual(answers, await AskAsync(server, "sensors"));
        Assert.Equal(answers, await AskAsync(server, "sensors", $"?version={version.Version}"));
        await server.Http.PostAsync<ModelInfo>($"/v1/admin/models/sensors/snapshots/{version.Version}:fork", new { model = "fork" });
        await server.Http.RestoreAsync("sensors", version.Version);
        Assert.Equal(answers, await AskAsync(server, "sensors"));
        Assert.Equal(answers, await AskAsync(server, "fork"));
        var again = await server.Http.LearnAsync("sensors", [.. Enumerable.Range(2400, 400).Select(Row)]);
        Assert.All(again, result => Assert.Equal((LearnStatus.Learned, (bool?)true), (result.Status, result.EntityKnown)));
        await server.KillAsync();
        await server.RestartAsync();
        Assert.Equal(answers, await AskAsync(server, "fork"));
    }

    [Fact]
    public async Task What_cannot_be_is_refused_with_the_field_and_a_remembered_question_says_who_is_known()
    {
        await using var store = await TestStore.CreateAsync(StoreKind.Sqlite);
        await using var server = await ServerProcess.StartAsync(store);
        var problem = await server.Http.RefusedAsync(HttpStatusCode.BadRequest, HttpMethod.Put, "/v1/models/bad", """{"preset":"classifier","entities":{"capacity":0,"rate":2}}""");
        Assert.Contains("entities.capacity", problem.Errors!.Keys);
        Assert.Contains("entities.rate", problem.Errors.Keys);
        await server.Http.RefusedAsync(HttpStatusCode.BadRequest, HttpMethod.Put, "/v1/models/bad", """{"preset":"anomaly","entities":{}}""");
        await server.Http.RefusedAsync(HttpStatusCode.BadRequest, HttpMethod.Put, "/v1/models/bad", """{"preset":"classifier","entities":{"capacity":65536,"features":1024}}""");

        await server.Http.CreateAsync("m", Spec);
        await server.Http.LearnAsync("m", Row(0));
        await server.Http.LearnAsync("m", Row(0) with { EventId = "nobody", Entity = null });
        foreach (var (entity, known) in new (string?, bool?)[] { ("sensor 0", true), ("stranger", false), (null, null) })
        {
            var asked = new PredictRequest { Features = FeatureSet.Dense(new float[] { 1, 0, 0 }), Entity = entity };
            Assert.Equal(known, (await server.Http.PostAsync<PredictResponse>("/v1/models/m/predict", asked)).EntityKnown);
            Assert.Equal(known, (await server.Http.PostAsync<PredictResponse>("/v1/models/m/predict", asked with { Remember = true })).EntityKnown);
            Assert.Equal(known, (await server.Http.PostAsync<PredictResponse>("/v1/models/m/predict", asked with { Explain = true })).EntityKnown);
        }
    }

    [Fact]
    public async Task A_file_with_a_column_of_entities_is_learned_by_entity_from_the_command_line()
    {
        await using var store = await TestStore.CreateAsync(StoreKind.Sqlite);
        await using var server = await ServerProcess.StartAsync(store);
        var folder = Directory.CreateTempSubdirectory("lifelong-entities-").FullName;
        try
        {
            // Every home likes another warmth, whatever the hour.
            var csv = Path.Combine(folder, "homes.csv");
            await File.WriteAllLinesAsync(csv, ["home,hour,warmth", .. Enumerable.Range(0, 600).Select(n => FormattableString.Invariant($"home-{n % 20},{n % 24},{18 + (n % 20 * 0.3)}"))], TestContext.Current.CancellationToken);
            var learned = (await CliRun.RunAsync(
                "ingest", "--url", server.Address.ToString(), "--model", "homes", "--preset", "regressor", "--csv", csv, "--target", "warmth", "--entity", "home", "--entities", "5", "--json")).Json();
            Assert.Equal(600, learned.GetProperty("learned").GetInt64());
            Assert.Equal(5, (await server.Http.ModelAsync("homes")).Spec!.Entities!.Capacity);
            foreach (var home in new[] { 0, 19 })
            {
                var answer = (await CliRun.RunAsync("predict", "homes", "--url", server.Address.ToString(), "--features", "{\"hour\":7}", "--entity", $"home-{home}", "--json")).Json();
                Assert.True(answer.GetProperty("entityKnown").GetBoolean());
                Assert.Equal(18 + (home * 0.3), answer.GetProperty("values")[0].GetDouble(), 0.5);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static LearnEvent Row(int n)
    {
        var sensor = n * 17 % Sensors;
        float[] x = [MathF.Sin(n * 1.3f), MathF.Cos(n * 2.1f), MathF.Sin(n * 0.7f)];
        var side = (x[0] * MathF.Sin(sensor * 2.4f)) + (x[1] * MathF.Cos(sensor * 2.4f)) > 0f;
        return new() { EventId = $"row-{n}", Features = FeatureSet.Dense(x), Label = side ? "on" : "off", Entity = $"sensor {sensor}" };
    }

    private static double Right(List<LearnResult> results, int from) =>
        Enumerable.Range(from, results.Count - from).Average(n => results[n].Prediction?.Label == Row(n).Label ? 1.0 : 0.0);

    /// <summary>What every sensor, and one that is not known, answers to the same question.</summary>
    private static async Task<List<(bool? Known, float On)>> AskAsync(ServerProcess server, string model, string query = "")
    {
        var answers = new List<(bool?, float)>();
        for (var sensor = 0; sensor <= Sensors; sensor++)
        {
            var answer = await server.Http.PostAsync<PredictResponse>($"/v1/models/{model}/predict{query}", new PredictRequest { Features = FeatureSet.Dense(new float[] { 0.6f, -0.3f, 0.1f }), Entity = $"sensor {sensor}" });
            answers.Add((answer.EntityKnown, answer.Probabilities!["on"]));
        }

        return answers;
    }
}
