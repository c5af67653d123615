using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json.Serialization;
using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning;
using LifelongApi.Learning.Recipes;
using LifelongApi.Onnx.Export;
using LifelongApi.Onnx.Files;
using LifelongApi.Onnx.Runtime;
using LifelongApi.Onnx.Schema;
using LifelongApi.Testing;
using DataType = LifelongApi.Onnx.Schema.TensorProto.Types.DataType;

namespace LifelongApi.Onnx.Tests;

/// <summary>An exported model in the ONNX runtime against the model itself.</summary>
public sealed class ModelExportTests
{
    private const float Tolerance = 1e-5f;

    private static InputSpec Small { get; } = new() { Kind = InputKind.Vector, Size = 6 };

    private static InputSpec Large { get; } = new() { Kind = InputKind.Vector, Size = 100 };

    private static InputSpec Picture { get; } = new() { Kind = InputKind.Image, Height = 14, Width = 15 };

    /// <summary>Every preset on every kind of input that it resolves differently for, and networks by hand of the parts that no preset has.</summary>
    private static Dictionary<string, CreateModelRequest> Cases { get; } = new()
    {
        ["classifier, table"] = new() { Preset = "classifier", Input = Small },
        ["classifier, vector"] = new() { Preset = "classifier", Input = Large },
        ["classifier, raw vector"] = new() { Preset = "classifier", Input = Large with { Standardise = Standardisation.None } },
        ["classifier, image"] = new() { Preset = "classifier", Input = Picture },
        ["classifier, image in colour"] = new() { Preset = "classifier", Input = Picture with { Channels = 3 } },
        ["classifier, small image"] = new() { Preset = "classifier", Input = new() { Kind = InputKind.Image, Height = 8, Width = 8 } },
        ["classifier, sparse"] = new() { Preset = "classifier", Input = new() { Kind = InputKind.Sparse, Size = 90 } },
        ["classifier-large, vector"] = new() { Preset = "classifier-large", Input = Large },
        ["analytic, vector"] = new() { Preset = "analytic", Input = Large },
        ["analytic, image"] = new() { Preset = "analytic", Input = Picture },
        ["regressor, table"] = new() { Preset = "regressor", Input = Small },
        ["regressor, vector"] = new() { Preset = "regressor", Input = Large, Target = new() { Kind = TargetKind.Value, Size = 3 } },
        ["regressor, image"] = new() { Preset = "regressor", Input = Picture },
        ["analytic, table"] = new() { Preset = "analytic", Input = Small },
        ["classifier-large, image"] = new() { Preset = "classifier-large", Input = Picture },
        ["compact, table"] = new() { Preset = "compact", Input = Small },
        ["compact, vector"] = new() { Preset = "compact", Input = Large },
        ["compact, values"] = new() { Preset = "compact", Input = Small, Target = new() { Kind = TargetKind.Value } },
        ["softmax network"] = new() { Input = Small with { Standardise = Standardisation.PerFeature }, Target = new() { Kind = TargetKind.Label }, Network = Deep(PopulationKind.Tanh, new SoftmaxHeadSpec()) },
        ["hinge network"] = new() { Input = Small, Target = new() { Kind = TargetKind.Label }, Network = Deep(PopulationKind.Relu, new HingeHeadSpec()) },
        ["winners"] = new() { Input = Small, Target = new() { Kind = TargetKind.Label }, Network = Deep(PopulationKind.Winners, new SoftmaxHeadSpec()) },
        ["anchored"] = new() { Input = Small, Target = new() { Kind = TargetKind.Label }, Network = Anchored() },
        ["binary"] = new() { Input = Small, Target = new() { Kind = TargetKind.Label }, Network = Binary() },
        ["deep regression"] = new() { Input = Small, Target = new() { Kind = TargetKind.Value, Size = 2 }, Network = Deep(PopulationKind.Tanh, new RegressionHeadSpec()) },
        ["links"] = new() { Input = Large, Target = new() { Kind = TargetKind.Label }, Network = Links() },
        ["sparse network"] = new() { Input = new() { Kind = InputKind.Sparse, Size = 30, Standardise = Standardisation.Scale }, Target = new() { Kind = TargetKind.Label }, Network = Deep(PopulationKind.Tanh, new SoftmaxHeadSpec()) },
        ["prototypes"] = new() { Input = Small, Target = new() { Kind = TargetKind.Label }, Network = Prototypes() },
    };

    public static TheoryData<string> Names => [.. Cases.Keys];

    [Theory, MemberData(nameof(Names))]
    public void The_file_says_what_the_model_says(string name)
    {
        using var learned = new Learned(Presets.Expand(Cases[name]));
        learned.Teach(400);

        learned.Compare(ModelExport.Write(learned.Model, null, About), learned.Inputs(5000, 60), Tolerance);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_model_that_has_hardly_begun_is_written_too(int events)
    {
        foreach (var name in new[] { "classifier, table", "classifier, image", "regressor, table" })
        {
            using var learned = new Learned(Presets.Expand(Cases[name]));
            learned.Teach(events);
            learned.Compare(ModelExport.Write(learned.Model, null, About), learned.Inputs(5000, 10), Tolerance);
        }
    }

    [Theory]
    [InlineData(DataType.Float, 17, PixelOrder.AsFile)]
    [InlineData(DataType.Float16, 17, PixelOrder.ChannelsLast)]
    [InlineData(DataType.Float, 7, PixelOrder.AsFile)]
    [InlineData(DataType.Float, 10, PixelOrder.AsFile)]
    [InlineData(DataType.Float, 18, PixelOrder.AsFile)]
    public void Encoder_features_and_readout_are_one_file_in_the_operators_of_the_encoder(DataType type, int opset, PixelOrder order)
    {
        var model = TinyNetwork.Model(type);
        model.OpsetImport[0].Version = opset;
        var file = OnnxFile.Read(Google.Protobuf.MessageExtensions.ToByteArray(model));
        var spec = EncoderPlan.Fill(file, new EncoderSpec { Name = "tiny", Features = "hidden", Pixels = order, Scale = 0.5f, Mean = [0.1f, 0.2f], Deviation = [2f, 0.5f] }, Hash);
        using var session = EncoderSession.Open(file, spec, new EncoderOptions());
        foreach (var preset in new[] { "classifier", "regressor" })
        {
            using var learned = new Learned(Presets.Expand(new() { Preset = preset, Input = new() { Kind = InputKind.Vector, Size = session.FeatureCount, Encoder = spec } }), session);
            learned.Teach(200);

            var bytes = ModelExport.Write(learned.Model, file, About);

            Assert.Equal(opset, Assert.Single(ModelProto.Parser.ParseFrom(bytes).OpsetImport).Version);
            learned.Compare(bytes, learned.Inputs(5000, 30), Tolerance);
        }
    }

    [Fact]
    public void The_file_holds_labels_versions_and_what_it_was_told()
    {
        using var learned = new Learned(Presets.Expand(Cases["classifier, vector"]));
        learned.Teach(30);

        var file = ModelProto.Parser.ParseFrom(ModelExport.Write(learned.Model, null, new Dictionary<string, string> { ["position"] = "1:30" }));

        Assert.Equal(("LifelongApi", Engine.Version, (long)ModelExport.Opset), (file.ProducerName, file.ProducerVersion, file.OpsetImport[0].Version));
        Assert.Equal("1:30", file.MetadataProps.Single(entry => entry.Key == "position").Value);
        Assert.Equal("""["b","c","a"]""", file.MetadataProps.Single(entry => entry.Key == "labels").Value);
        Assert.Equal(["probabilities", "label"], file.Graph.Output.Select(output => output.Name));
    }

    [Fact]
    public void A_class_that_has_stopped_coming_is_answered_for_by_the_members_that_retain()
    {
        using var learned = new Learned(Presets.Expand(Cases["classifier, table"]));
        learned.Teach(300);
        learned.Teach(300, leaveOut: 1);
        var seen = learned.Model.ReadLongs("head.seen.last")[..3];
        Assert.True(seen.Max() - seen.Min() > 150, "No class was absent, so this test shows nothing.");

        learned.Compare(ModelExport.Write(learned.Model, null, About), learned.Inputs(5000, 60), Tolerance);
    }

    [Fact]
    public void What_no_fixed_graph_can_say_is_refused_with_the_reason()
    {
        using var empty = new Learned(Presets.Expand(Cases["classifier, vector"]));

        using var gated = new Learned(Presets.Expand(new() { Input = Small, Target = new() { Kind = TargetKind.Label }, Network = Gated() }));
        Assert.Contains("network.context", Assert.Throws<ExportRefusedException>(() => ModelExport.Write(gated.Model, null, About)).Message, StringComparison.Ordinal);
        Assert.Contains("no class yet", Assert.Throws<ExportRefusedException>(() => ModelExport.Write(empty.Model, null, About)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("classifier, vector")]
    [InlineData("classifier, table")]
    public void Labels_that_a_context_renamed_are_renamed_in_the_file(string name)
    {
        using var learned = new Learned(Presets.Expand(Cases[name]));
        learned.Teach(600);
        learned.Rename(300);
        Assert.True(learned.Model.ReadIntegers("head.context")[0] > 0, "No context was entered, so this test shows nothing.");

        learned.Compare(ModelExport.Write(learned.Model, null, About), learned.Inputs(5000, 60), Tolerance);
    }

    [Fact]
    public void The_page_says_of_every_connection_and_head_whether_it_is_written()
    {
        var page = File.ReadAllText(Path.Combine(Path.GetDirectoryName(ThisFile())!, "..", "..", "docs", "onnx.md"));
        var parts = new[] { typeof(ConnectionSpec), typeof(HeadSpec) }.SelectMany(kind => kind.GetCustomAttributes<JsonDerivedTypeAttribute>()).Select(part => $"`{part.TypeDiscriminator}`").ToList();
        Assert.True(parts.Count > 12);
        Assert.All(parts, part => Assert.Contains(part, page, StringComparison.Ordinal));
    }

    private static string ThisFile([CallerFilePath] string path = "") => path;

    private static Dictionary<string, string> About { get; } = [];

    private static string Hash { get; } = $"sha256:{new string('a', 64)}";

    private static NetworkSpec Deep(PopulationKind kind, HeadSpec head) => new()
    {
        Populations =
        [
            new() { Name = "input", Kind = PopulationKind.Input },
            new() { Name = "hidden", Kind = kind, Size = 40, Winners = kind == PopulationKind.Winners ? 7 : null },
            new() { Name = "output", Kind = PopulationKind.Identity },
        ],
        Projections =
        [
            new() { Name = "lower", From = "input", To = "hidden", Connection = new DenseConnectionSpec { Normalise = true }, Initial = new GaussianWeightsSpec { BiasScale = 0.2f }, Rule = new CreditRuleSpec(), Transforms = [new AdamSpec { Rate = 0.01f }] },
            new() { Name = "upper", From = "hidden", To = "output", Rule = new CreditRuleSpec(), Transforms = [new AdamSpec { Rate = 0.01f }] },
        ],
        Credit = new BackpropCreditSpec(),
        Modulators = [],
        Head = head,
        Maintenance = [],
    };

    /// <summary>Weights that an anchor pulls lazily: what is stored is not what is transmitted.</summary>
    private static NetworkSpec Anchored() => Deep(PopulationKind.Relu, new SoftmaxHeadSpec()) with
    {
        Projections =
        [
            .. Deep(PopulationKind.Relu, new SoftmaxHeadSpec()).Projections.Select(projection => projection with
            {
                Transforms = [new ObserveFisherSpec(), new LearningRateSpec { Rate = 0.05f }, new ElasticAnchorSpec { Strength = 0.5f, Decay = 0.9f }],
            }),
        ],
        Maintenance = [new ConsolidationSpec()],
    };

    private static NetworkSpec Gated()
    {
        var deep = Deep(PopulationKind.Relu, new SoftmaxHeadSpec());
        return deep with { Context = new ContextSpec(), Populations = [.. deep.Populations.Select(one => one.Name == "hidden" ? one with { Gated = true, Size = 256 } : one)] };
    }

    private static NetworkSpec Binary() => Deep(PopulationKind.Relu, new SoftmaxHeadSpec()) with
    {
        Projections =
        [
            .. Deep(PopulationKind.Relu, new SoftmaxHeadSpec()).Projections.Select(projection => projection with { Connection = new BinaryConnectionSpec(), Initial = new GaussianWeightsSpec(), Transforms = [new LearningRateSpec { Rate = 0.05f }] }),
        ],
    };

    private static NetworkSpec Links() => new()
    {
        Populations = [new() { Name = "input", Kind = PopulationKind.Input, Bias = false }, new() { Name = "features", Kind = PopulationKind.Identity, Size = 170 }, new() { Name = "output", Kind = PopulationKind.Identity }],
        Projections =
        [
            new() { Name = "link", From = "input", To = "features", Connection = new FunctionalLinkConnectionSpec { Inputs = 5, FormingEvents = 20 } },
            new() { Name = "upper", From = "features", To = "output", Rule = new CreditRuleSpec(), Transforms = [new AdamSpec { Rate = 0.01f }] },
        ],
        Credit = new NoCreditSpec(),
        Modulators = [],
        Head = new SoftmaxHeadSpec(),
        Maintenance = [],
    };

    private static NetworkSpec Prototypes() => new()
    {
        Populations = [new() { Name = "input", Kind = PopulationKind.Input }, new() { Name = "output", Kind = PopulationKind.Identity }],
        Projections = [new() { Name = "means", From = "input", To = "output", Connection = new PrototypeConnectionSpec { PerClass = 3, Sharpness = 2f }, Rule = new PrototypeRuleSpec() }],
        Credit = new NoCreditSpec(),
        Modulators = [],
        Head = new SoftmaxHeadSpec(),
        Maintenance = [],
    };
}
