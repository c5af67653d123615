using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Kernels.Table;

namespace LifelongApi.Load;

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
    public static CreateModelRequest Network(Durability durability) => Network(durability, pending: null);

    /// <summary>The same with sixteen changes of the first layer waiting.</summary>
    public static CreateModelRequest WaitingNetwork(Durability durability) => Network(durability, pending: 16);

    private static CreateModelRequest Network(Durability durability, int? pending) => new()
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
                Layer("input", "hidden", pending),
                Layer("hidden", "output", pending: null),
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
            var text = Join(numbers);
            var label = numbers.Take(8).Sum() > 4 ? 1 : 0;
            return Encoding.UTF8.GetBytes(isLabelled ? $$"""{"features":[{{text}}],"label":"{{label}}"}""" : $$"""{"features":[{{text}}]}""");
        })];
    }

    /// <summary>Bodies of labelled examples.</summary>
    public static byte[][] Of(Workload work) => [.. Enumerable.Range(0, work.Count).Select(i =>
        Encoding.UTF8.GetBytes($$"""{"features":[{{Join(work[i])}}],"label":"{{work.Labels[i].ToString(CultureInfo.InvariantCulture)}}"}"""))];

    /// <summary>Six numbers and two texts.</summary>
    public static byte[][] Named(bool isLabelled, bool isValue = false)
    {
        var random = new Random(1);
        string[] countries = ["DE", "FR", "US", "CZ", "PL"];
        return [.. Enumerable.Range(0, 256).Select(_ =>
        {
            var numbers = Enumerable.Range(0, 6).Select(i => random.NextDouble() * (i + 1)).ToArray();
            var country = random.Next(countries.Length);
            var features = string.Create(CultureInfo.InvariantCulture, $"\"amount\":{numbers[0]:R},\"age\":{numbers[1]:R},\"hour\":{numbers[2]:R},\"balance\":{numbers[3]:R},\"ratio\":{numbers[4]:R},\"count\":{numbers[5]:R},\"country\":\"{countries[country]}\",\"kind\":\"{random.Next(3)}\"");
            var target = isValue ? string.Create(CultureInfo.InvariantCulture, $",\"target\":{numbers.Sum():R}") : $",\"label\":\"{(numbers.Sum() + country > 12 ? 1 : 0)}\"";
            return Encoding.UTF8.GetBytes($"{{\"features\":{{{features}}}{(isLabelled ? target : string.Empty)}}}");
        })];
    }

    /// <summary>Raw little-endian float32.</summary>
    public static byte[][] RawExamples(int size)
    {
        var random = new Random(1);
        return [.. Enumerable.Range(0, 256).Select(_ => MemoryMarshal.AsBytes<float>(Numbers(random, size)).ToArray())];
    }

    /// <summary>64 rows of a raw stream of labels.</summary>
    public static byte[] RawRows(int size)
    {
        var random = new Random(1);
        return [.. Enumerable.Range(0, 64).SelectMany(row => (byte[])[.. MemoryMarshal.AsBytes<float>(Numbers(random, size)), .. BitConverter.GetBytes(row % 10)])];
    }

    /// <summary>Requests with these bodies.</summary>
    public static byte[][] Requests(string path, string type, byte[][] bodies) => [.. bodies.Select(body => HttpConnection.Post(path, type, body))];

    private static string Join(ReadOnlySpan<float> numbers) => string.Join(',', numbers.ToArray().Select(x => x.ToString("R", CultureInfo.InvariantCulture)));

    private static float[] Numbers(Random random, int size) => [.. Enumerable.Range(0, size).Select(_ => random.NextSingle())];

    private static ProjectionSpec Layer(string from, string to, int? pending) => new()
    {
        Name = $"{from}-{to}",
        From = from,
        To = to,
        Initial = new GaussianWeightsSpec { Scale = 1.4f },
        Rule = new CreditRuleSpec { Pending = pending },
        Transforms = [new LearningRateSpec { Rate = 0.001f }],
    };
}
