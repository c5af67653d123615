using System.Net;
using System.Text.Json;
using LifelongApi.Client;
using LifelongApi.Contracts.Journal;
using LifelongApi.Contracts.Learning;
using LifelongApi.Contracts.Models;
using LifelongApi.EndToEnd.Tests.Harness;
using LifelongApi.Testing;

namespace LifelongApi.EndToEnd.Tests;

/// <summary>Models behind an uploaded encoder, against the real process.</summary>
public sealed class EncoderTests
{
    private static readonly CreateModelRequest BehindHidden = Behind(new EncoderSpec { Name = "tiny", Features = "hidden" });

    [Theory]
    [ClassData(typeof(EveryStore))]
    public async Task Killed_and_started_without_the_runtime_the_model_is_the_same_to_the_last_bit(StoreKind kind)
    {
        await using var store = await TestStore.CreateAsync(kind);
        await using var server = await ServerProcess.StartAsync(store);
        using var client = new LifelongClient(new LifelongClientOptions { Address = server.Address, Http2Address = server.Http2Address });
        await client.PutEncoderAsync("tiny", TinyNetwork.Bytes(), TestContext.Current.CancellationToken);
        var created = await server.Http.CreateAsync("pictures", BehindHidden);
        Assert.Equal((TinyNetwork.HiddenCount, "hidden"), (created.Spec!.Input.Size!.Value, created.Spec.Input.Encoder!.Features));
        Assert.Equal([2, 3, 3], created.Spec.Input.Encoder.Shape);
        Assert.Equal(created.StateHash, (await server.Http.CreateAsync("pictures", BehindHidden)).StateHash);

        await server.Http.LearnAsync("pictures", Events(0, 120));
        await foreach (var result in client.StreamAsync("pictures", Later(Events(120, 80)), TestContext.Current.CancellationToken))
        {
            Assert.Equal(LearnStatus.Learned, result.Status);
        }

        FeatureSet[] asked = [.. Enumerable.Range(500, 20).Select(i => FeatureSet.Dense(TinyNetwork.Input(i)))];
        await ExplainedAsync(server, asked[3], TinyNetwork.Input(503));
        var before = await server.Http.ModelAsync("pictures");
        var answers = await server.Http.PredictTextAsync("pictures", asked);
        await server.RestartAsync();
        Assert.Equal(before.StateHash, (await server.Http.ModelAsync("pictures")).StateHash);
        Assert.Equal(answers, await server.Http.PredictTextAsync("pictures", asked));
        Assert.All(await server.Http.LearnAsync("pictures", Events(0, 200)), result => Assert.Equal(LearnStatus.Duplicate, result.Status));

        var newest = (await server.Http.HistoryAsync("pictures")).First(entry => entry.Kind == EventKind.Learned);
        var encoded = newest.Payload!.Value.GetProperty("encoded");
        Assert.Equal(created.Spec.Input.Encoder.Hash, encoded.GetProperty("encoder").GetString());
        Assert.StartsWith("onnxruntime 1.", encoded.GetProperty("runtime").GetString(), StringComparison.Ordinal);
        var hidden = TinyNetwork.Hidden(TinyNetwork.Input(199));
        Assert.All(encoded.GetProperty("output").EnumerateArray().Zip(hidden), pair => Assert.Equal(pair.Second, pair.First.GetDouble(), 1e-5));
        Assert.Equal(TinyNetwork.InputCount, newest.Payload.Value.GetProperty("features").GetArrayLength());
        await server.KillAsync();

        using var folder = new WithoutRuntime();
        await using var bare = await ServerProcess.StartAsync(folder.Program, store.ConnectionString);
        var replayed = await bare.Http.CreateAsync("replayed", new CreateModelRequest { Preset = "classifier", Follow = "pictures" });
        Assert.Equal("replayed", replayed.Name);
        Assert.Equal(before.StateHash, (await bare.Http.ModelAsync("pictures")).StateHash);
        await Eventually.Async("the follower caught up", async () => (await bare.Http.ModelAsync("replayed")) is { Sequence: >= 200 } caught ? caught : null);
        Assert.Equal(before.StateHash, (await bare.Http.ModelAsync("replayed")).StateHash);
        var missing = await bare.Http.RefusedAsync(HttpStatusCode.ServiceUnavailable, HttpMethod.Post, "/v1/models/pictures/predict", LifelongHttp.Json(new PredictRequest { Features = asked[0] }));
        Assert.Contains("ONNX runtime", missing.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [ClassData(typeof(EveryStore))]
    public async Task Followers_read_the_same_output_or_the_kept_input_and_nothing_else(StoreKind kind)
    {
        await using var store = await TestStore.CreateAsync(kind);
        await using var server = await ServerProcess.StartAsync(store);
        using var client = new LifelongClient(new LifelongClientOptions { Address = server.Address });
        await client.PutEncoderAsync("tiny", TinyNetwork.Bytes(), TestContext.Current.CancellationToken);
        await server.Http.CreateAsync("kept", BehindHidden);
        await server.Http.CreateAsync("dropped", Behind(new EncoderSpec { Name = "tiny", Features = "hidden", KeepInput = false }));
        await server.Http.LearnAsync("kept", Events(0, 40));
        await server.Http.LearnAsync("dropped", Events(0, 40));

        await server.Http.CreateAsync("raw", new CreateModelRequest { Preset = "classifier", Follow = "kept", Input = new InputSpec { Kind = InputKind.Vector, Size = TinyNetwork.InputCount } });
        await Eventually.Async("the follower caught up", async () => (await server.Http.ModelAsync("raw")) is { Sequence: >= 40 } caught ? caught : null);
        Assert.Equal(40, (await server.Http.MetricsAsync("raw")).Total.Count);
        Assert.NotNull((await server.Http.PredictAsync("raw", FeatureSet.Dense(TinyNetwork.Input(3)))).Label);

        var other = await RefusedAsync("x", new() { Preset = "classifier", Follow = "kept", Input = Behind(new EncoderSpec { Name = "tiny", Features = "scores" }).Input });
        Assert.Contains("stream of its own", other, StringComparison.Ordinal);
        var dropped = await RefusedAsync("x", new() { Preset = "classifier", Follow = "dropped", Input = Behind(new EncoderSpec { Name = "tiny", Features = "scores" }).Input });
        Assert.Contains("keepInput false", dropped, StringComparison.Ordinal);
        Assert.Contains("keepInput false", await RefusedAsync("x", new() { Preset = "classifier", Follow = "dropped", Input = new InputSpec { Kind = InputKind.Vector, Size = TinyNetwork.InputCount } }), StringComparison.Ordinal);
        Assert.Contains("2 × 3 × 3", await RefusedAsync("x", new() { Preset = "classifier", Follow = "kept", Input = new InputSpec { Kind = InputKind.Vector, Size = 5 } }), StringComparison.Ordinal);
        var history = (await server.Http.HistoryAsync("dropped")).First(entry => entry.Kind == EventKind.Learned).Payload!.Value;
        Assert.False(history.TryGetProperty("features", out _));
        Assert.All(await server.Http.LearnAsync("dropped", Events(0, 40)), result => Assert.Equal(LearnStatus.Duplicate, result.Status));

        await server.Http.RefusedAsync(HttpStatusCode.Conflict, HttpMethod.Delete, "/v1/admin/encoders/tiny");

        async Task<string> RefusedAsync(string model, CreateModelRequest request) =>
            (await server.Http.RefusedAsync(HttpStatusCode.BadRequest, HttpMethod.Put, $"/v1/models/{model}", LifelongHttp.Json(request))).Detail!;
    }

    [Theory]
    [ClassData(typeof(EveryStore))]
    public async Task A_journal_replayed_behind_another_encoder_is_the_model_that_learned_it_there(StoreKind kind)
    {
        await using var store = await TestStore.CreateAsync(kind);
        await using var server = await ServerProcess.StartAsync(store);
        using var client = new LifelongClient(new LifelongClientOptions { Address = server.Address });
        await client.PutEncoderAsync("tiny", TinyNetwork.Bytes(), TestContext.Current.CancellationToken);
        var behindScores = Behind(new EncoderSpec { Name = "tiny", Features = "scores" });
        await server.Http.CreateAsync("pictures", BehindHidden);
        await server.Http.CreateAsync("twin", behindScores);
        await server.Http.CreateAsync("again", behindScores);
        await LiveAsync(server.Http, "pictures");
        await LiveAsync(server.Http, "twin");

        var replayed = (await CliRun.RunAsync("replay", "pictures", "again", "--json", "--url", server.Address.ToString())).Json();
        Assert.Equal("""{"taken":103,"duplicates":0,"skipped":0,"erased":0}""", replayed.GetRawText());
        var (twin, again) = (await server.Http.ModelAsync("twin"), await server.Http.ModelAsync("again"));
        Assert.Equal((twin.Sequence, twin.StateHash), (again.Sequence, again.StateHash));

        // Run again it finds everything there, the boundaries too.
        var resumed = (await CliRun.RunAsync("replay", "pictures", "again", "--json", "--url", server.Address.ToString())).Json();
        Assert.Equal("""{"taken":0,"duplicates":103,"skipped":0,"erased":0}""", resumed.GetRawText());
        Assert.Equal((again.Sequence, again.StateHash), ((await server.Http.ModelAsync("again")).Sequence, (await server.Http.ModelAsync("again")).StateHash));

        await server.Http.CreateAsync("dropped", Behind(new EncoderSpec { Name = "tiny", Features = "hidden", KeepInput = false }));
        await server.Http.LearnAsync("dropped", Events(0, 3));
        await server.Http.CreateAsync("never", behindScores);
        var refused = await CliRun.RunAsync("replay", "dropped", "never", "--url", server.Address.ToString());
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("keepInput false", refused.Error, StringComparison.Ordinal);
        Assert.Equal(0, (await server.Http.ModelAsync("never")).Sequence);
    }

    /// <summary>Examples with labels, without, and with late ones; a task that ends with nothing after it, and one that another follows.</summary>
    private static async Task LiveAsync(LifelongHttp http, string model)
    {
        await http.LearnAsync(model, [.. Events(0, 30).Select(learn => learn with { Task = "first", Weight = 0.5f })]);
        await http.PostAsync<Contracts.Streams.TaskBoundary>($"/v1/streams/{model}/tasks/first:end");
        await http.LearnAsync(model, Events(30, 20));
        var asked = FeatureSet.Dense(TinyNetwork.Input(900));
        var plain = await http.PredictAsync(model, asked);
        var question = await http.PostAsync<PredictResponse>($"/v1/models/{model}/predict", new PredictRequest { EventId = "question", Features = asked, Remember = true });
        Assert.Equal((plain.Label, plain.Probability), (question.Label, question.Probability));
        await http.LearnAsync(model, [.. Events(50, 25).Select(learn => learn with { Task = "second" })]);
        await http.PostAsync<LearnResult>($"/v1/models/{model}/feedback", new FeedbackRequest { EventId = "question", Label = "2" });
        await http.LearnAsync(model, [.. Events(75, 25).Select(learn => learn with { Task = "first" })]);
        await http.LearnAsync(model, new LearnEvent { EventId = "unlabelled", Features = FeatureSet.Dense(TinyNetwork.Input(901)) });
        await http.PostAsync<Contracts.Streams.TaskBoundary>($"/v1/streams/{model}/tasks/first:end");
    }

    [Fact]
    public async Task What_the_caller_gets_wrong_is_named_and_changes_nothing()
    {
        await using var store = await TestStore.CreateAsync(StoreKind.Sqlite);
        await using var server = await ServerProcess.StartAsync(store);
        using var client = new LifelongClient(new LifelongClientOptions { Address = server.Address });
        await client.PutEncoderAsync("tiny", TinyNetwork.Bytes(), TestContext.Current.CancellationToken);
        await client.PutEncoderAsync("half", TinyNetwork.Bytes(Onnx.Schema.TensorProto.Types.DataType.Float16), TestContext.Current.CancellationToken);
        await server.Http.CreateAsync("pictures", Behind(new EncoderSpec { Name = "half", Features = "hidden", Scale = 1000f }));

        await NamedAsync("input.encoder.name", new EncoderSpec { Name = "nobody" });
        await NamedAsync("input.encoder", new EncoderSpec { Name = "tiny", Features = "nothing" });
        await NamedAsync("input.encoder", new EncoderSpec { Name = "tiny", Shape = [1, 2, 3] });
        await NamedAsync("input.encoder.hash", new EncoderSpec { Name = "tiny", Hash = "sha256:00" });
        await NamedAsync("input.encoder.mean", new EncoderSpec { Name = "tiny", Mean = [1f, 2f, 3f] });

        var events = Events(0, 3).ToArray();
        events[1] = events[1] with { Features = FeatureSet.Dense(Enumerable.Repeat(100f, TinyNetwork.InputCount).ToArray()) };
        var tooLarge = await server.Http.RefusedAsync(HttpStatusCode.BadRequest, HttpMethod.Post, "/v1/models/pictures/learn", LifelongHttp.Json(new LearnBatchRequest { Events = events }));
        Assert.Equal("events[1].features[0]", Assert.Single(tooLarge.Errors!).Key);
        var tooShort = await server.Http.RefusedAsync(HttpStatusCode.BadRequest, HttpMethod.Post, "/v1/models/pictures/predict", """{"rows":[[1,2]]}""");
        Assert.Contains("the model takes 18", tooShort.Detail, StringComparison.Ordinal);
        Assert.Equal(0, (await server.Http.ModelAsync("pictures")).Sequence);

        async Task NamedAsync(string field, EncoderSpec encoder)
        {
            var problem = await server.Http.RefusedAsync(HttpStatusCode.BadRequest, HttpMethod.Put, "/v1/models/x", LifelongHttp.Json(Behind(encoder)));
            Assert.Contains(field, problem.Errors!.Keys);
        }
    }

    [Fact]
    public async Task The_command_uploads_shows_and_learns_behind_an_encoder()
    {
        await using var store = await TestStore.CreateAsync(StoreKind.Sqlite);
        await using var server = await ServerProcess.StartAsync(store);
        var url = server.Address.ToString();
        var file = Path.GetTempFileName();
        await File.WriteAllBytesAsync(file, TinyNetwork.Bytes(), TestContext.Current.CancellationToken);

        var uploaded = (await CliRun.RunAsync("encoders", "upload", "tiny", file, "--json", "--url", url)).Json();
        Assert.Equal("tiny", uploaded.GetProperty("name").GetString());
        Assert.Contains("tiny", (await CliRun.RunAsync("encoders", "list", "--url", url)).Output, StringComparison.Ordinal);
        Assert.Contains("hidden (Relu)", (await CliRun.RunAsync("encoders", "show", "tiny", "--url", url)).Output, StringComparison.Ordinal);
        Assert.Equal(0, (await CliRun.RunAsync("create", "pictures", "--preset", "classifier", "--input", "encoder:tiny:hidden", "--url", url)).ExitCode);
        var learned = await CliRun.RunAsync("learn", "pictures", "--features", JsonSerializer.Serialize(TinyNetwork.Input(1)), "--label", "a", "--url", url);
        Assert.True(learned.ExitCode == 0, learned.Error);
        Assert.Equal(1, (await CliRun.RunAsync("encoders", "delete", "tiny", "--url", url)).ExitCode);
        Assert.Equal(0, (await CliRun.RunAsync("delete", "pictures", "--url", url)).ExitCode);
        Assert.Equal(0, (await CliRun.RunAsync("encoders", "delete", "tiny", "--url", url)).ExitCode);
        File.Delete(file);
    }

    /// <summary>What a region adds is the answer less the answer with the region covered.</summary>
    private static async Task ExplainedAsync(ServerProcess server, FeatureSet asked, float[] numbers)
    {
        var answer = await server.Http.PostAsync<PredictResponse>("/v1/models/pictures/predict", new PredictRequest { Features = asked, Explain = true, Top = 9 });
        var explanation = answer.Explanation!;
        Assert.Equal(9, explanation.Considered);
        Assert.Equal(explanation.Score, explanation.Baseline + explanation.Interaction + explanation.Contributions.Sum(part => part.Contribution), 1e-3);
        foreach (var part in explanation.Contributions)
        {
            var (row, column) = (part.Region!.Row, part.Region.Column);
            Assert.Equal((1, 1), (part.Region.Height, part.Region.Width));
            var covered = numbers.ToArray();
            (covered[(row * 3) + column], covered[9 + (row * 3) + column]) = (0f, 0f);
            var without = (await server.Http.PredictAsync("pictures", FeatureSet.Dense(covered))).Probabilities![answer.Label!];
            Assert.Equal(LogOdds(answer.Probability!.Value) - LogOdds(without), part.Contribution, 1e-2);
        }

        static double LogOdds(double p) => Math.Log(Math.Clamp(p, 1e-7, 1 - 1e-7) / (1 - Math.Clamp(p, 1e-7, 1 - 1e-7)));
    }

    private static CreateModelRequest Behind(EncoderSpec encoder) =>
        new() { Preset = "classifier", Input = new InputSpec { Kind = InputKind.Vector, Encoder = encoder } };

    private static IReadOnlyList<LearnEvent> Events(int first, int count) =>
        [.. Enumerable.Range(first, count).Select(i => new LearnEvent { EventId = $"picture-{i}", Features = FeatureSet.Dense(TinyNetwork.Input(i)), Label = $"{i % 3}" })];

    private static async IAsyncEnumerable<LearnEvent> Later(IReadOnlyList<LearnEvent> events)
    {
        foreach (var learnEvent in events)
        {
            await Task.Yield();
            yield return learnEvent;
        }
    }

    /// <summary>The service as built, but for everything of the ONNX runtime.</summary>
    private sealed class WithoutRuntime : IDisposable
    {
        private readonly string _folder = Directory.CreateTempSubdirectory("lifelong-bare-").FullName;

        public WithoutRuntime()
        {
            foreach (var file in Directory.EnumerateFiles(BuiltProgram.Api.Folder, "*", SearchOption.AllDirectories).Where(file => !Path.GetFileName(file).Contains("onnxruntime", StringComparison.OrdinalIgnoreCase)))
            {
                var copy = Path.Combine(_folder, Path.GetRelativePath(BuiltProgram.Api.Folder, file));
                Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
                File.Copy(file, copy);
            }
        }

        public BuiltProgram Program => BuiltProgram.Api with { Folder = _folder };

        public void Dispose() => Directory.Delete(_folder, recursive: true);
    }
}
