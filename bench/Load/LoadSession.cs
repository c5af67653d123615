using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using LifelongApi.Contracts;
using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Kernels.Table;
using LifelongApi.Testing;

namespace LifelongApi.Load;

/// <summary>Servers and stores of one run, and how long a side is measured.</summary>
internal sealed class LoadSession(bool isQuick) : IAsyncDisposable
{
    private readonly List<IAsyncDisposable> _open = [];
    private ServerUnderLoad? _bare;
    private ServerUnderLoad? _service;
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromMinutes(2) };

    public int RoundCount => isQuick ? 3 : 5;

    public double Slice => isQuick ? 1 : 3;

    /// <summary>Bare endpoints.</summary>
    public async Task<ServerUnderLoad> BareAsync() => _bare ??= Keep(await ServerUnderLoad.BareAsync());

    /// <summary>The service on SQLite.</summary>
    public async Task<ServerUnderLoad> ServiceAsync() => _service ??= await StartAsync("sqlite");

    /// <summary>A service of its own on a new store.</summary>
    public async Task<ServerUnderLoad> StartAsync(string provider, string cores = "0") => Keep(await ServerUnderLoad.ServiceAsync((await StoreAsync(provider)).ConnectionString, cores));

    /// <summary>A new store.</summary>
    public async Task<TestDatabase> StoreAsync(string provider) => Keep(await TestDatabase.CreateAsync(provider));

    /// <summary>Bare endpoints with the one that inserts a row for each request into Postgres.</summary>
    public async Task<ServerUnderLoad> InsertAsync() => Keep(await ServerUnderLoad.BareAsync((await StoreAsync("postgres")).ConnectionString));

    /// <summary>Creates a model.</summary>
    public static async Task CreateAsync(ServerUnderLoad server, string name, CreateModelRequest request)
    {
        using var answer = await Http.PutAsJsonAsync(new Uri($"http://127.0.0.1:{server.Port}/v1/models/{name}"), request, ContractJson.Options);
        if (!answer.IsSuccessStatusCode)
        {
            throw new InvalidOperationException($"{name}: {await answer.Content.ReadAsStringAsync()}");
        }
    }

    /// <summary>Rounds of several sides, each a stretch of load; the rates are of a second, or of a second of the server's core.</summary>
    public async Task<(LoadRounds Rounds, LoadResult[] Last)> RunAsync(Func<LoadResult, double> rate, params Func<Task<LoadResult>>[] sides)
    {
        foreach (var side in sides)
        {
            // What is hot is compiled as it stays.
            await side();
        }

        var rounds = new LoadRounds();
        var last = new LoadResult[sides.Length];
        for (var round = 0; round < RoundCount; round++)
        {
            var rates = new double[sides.Length];
            for (var i = 0; i < sides.Length; i++)
            {
                var at = round % 2 == 0 ? i : sides.Length - 1 - i;
                last[at] = await sides[at]();
                rates[at] = rate(last[at]);
            }

            rounds.Add(rates);
        }

        return (rounds, last);
    }

    public async ValueTask DisposeAsync()
    {
        for (var i = _open.Count - 1; i >= 0; i--)
        {
            await _open[i].DisposeAsync();
        }
    }

    private T Keep<T>(T opened)
        where T : IAsyncDisposable
    {
        _open.Add(opened);
        return opened;
    }
}

/// <summary>Rates by round and side.</summary>
internal sealed class LoadRounds
{
    private readonly List<double[]> _rates = [];

    public void Add(double[] rates) => _rates.Add(rates);

    public double Rate(int side) => Rounds.Median(_rates.Select(rates => rates[side]));

    public double Ratio(int side, int other) => Rounds.Median(_rates.Select(rates => rates[side] / rates[other]));

    /// <summary>The row of the first side beside the second.</summary>
    public Row Row(string name, string reference, double? bar, string? note = null) =>
        new() { Name = name, OursPerS = Rate(0), Reference = reference, ReferencePerS = Rate(1), Ratio = Ratio(0, 1), Bar = bar, Note = note };
}

/// <summary>Models and bodies of the rows.</summary>
internal static class Bodies
{
    public const string Json = "application/json";
    public const string Raw = "application/octet-stream";

    /// <summary>Logistic regression on 8 numbers.</summary>
    public static CreateModelRequest Small(Durability durability) => new()
    {
        Input = new InputSpec { Kind = InputKind.Vector, Size = 8, Standardise = Standardisation.PerFeature },
        Target = new TargetSpec { Kind = TargetKind.Label, MaxClasses = 2 },
        Durability = durability,
        Network = new NetworkSpec
        {
            Populations = [new PopulationSpec { Name = "input", Kind = PopulationKind.Input }, new PopulationSpec { Name = "output", Kind = PopulationKind.Identity }],
            Projections = [new ProjectionSpec { Name = "readout", From = "input", To = "output", Rule = new CreditRuleSpec(), Transforms = [new LearningRateSpec { Rate = 0.05f }] }],
            Credit = new NoCreditSpec(),
            Head = new SoftmaxHeadSpec(),
        },
    };

    /// <summary>784-256-10 by backprop.</summary>
    public static CreateModelRequest Network(Durability durability) => new()
    {
        Input = new InputSpec { Kind = InputKind.Vector, Size = 784, Standardise = Standardisation.None },
        Target = new TargetSpec { Kind = TargetKind.Label, MaxClasses = 10 },
        Durability = durability,
        Network = new NetworkSpec
        {
            Populations =
            [
                new PopulationSpec { Name = "input", Kind = PopulationKind.Input },
                new PopulationSpec { Name = "hidden", Kind = PopulationKind.Relu, Size = 256 },
                new PopulationSpec { Name = "output", Kind = PopulationKind.Identity },
            ],
            Projections =
            [
                Layer("input", "hidden"),
                Layer("hidden", "output"),
            ],
            Credit = new BackpropCreditSpec(),
            Head = new SoftmaxHeadSpec(),
        },
    };

    /// <summary>Bodies of examples, with labels or without.</summary>
    public static byte[][] Examples(int size, bool isLabelled)
    {
        var random = new Random(1);
        return [.. Enumerable.Range(0, 256).Select(_ =>
        {
            var numbers = Numbers(random, size);
            var text = string.Join(',', numbers.Select(x => x.ToString("R", System.Globalization.CultureInfo.InvariantCulture)));
            var label = numbers.Take(8).Sum() > 4 ? 1 : 0;
            return Encoding.UTF8.GetBytes(isLabelled ? $$"""{"features":[{{text}}],"label":"{{label}}"}""" : $$"""{"features":[{{text}}]}""");
        })];
    }

    /// <summary>Raw little-endian float32.</summary>
    public static byte[][] RawExamples(int size)
    {
        var random = new Random(1);
        return [.. Enumerable.Range(0, 256).Select(_ => System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(Numbers(random, size)).ToArray())];
    }

    /// <summary>Requests with these bodies.</summary>
    public static byte[][] Requests(string path, string type, byte[][] bodies) => [.. bodies.Select(body => HttpConnection.Post(path, type, body))];

    private static float[] Numbers(Random random, int size) => [.. Enumerable.Range(0, size).Select(_ => random.NextSingle())];

    private static ProjectionSpec Layer(string from, string to) => new()
    {
        Name = $"{from}-{to}",
        From = from,
        To = to,
        Initial = new GaussianWeightsSpec { Scale = 1.4f },
        Rule = new CreditRuleSpec(),
        Transforms = [new LearningRateSpec { Rate = 0.001f }],
    };
}
