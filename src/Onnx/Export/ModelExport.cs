using System.Text.Json;
using Google.Protobuf;
using LifelongApi.Contracts;
using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning;
using LifelongApi.Learning.Entities;
using LifelongApi.Onnx.Files;
using LifelongApi.Onnx.Schema;
using DataType = LifelongApi.Onnx.Schema.TensorProto.Types.DataType;

namespace LifelongApi.Onnx.Export;

/// <summary>
/// Writes the forward pass of a learned model as one ONNX file: encoder, standardisation as it stands, populations, readout. Part by part, so a network of any parts that are known here can be written.
/// Input <c>features</c> [N, numbers] as events carry them, or [N, columns] of named features; outputs <c>probabilities</c> [N, classes] and <c>label</c> [N], or <c>values</c> [N, targets].
/// </summary>
public static class ModelExport
{
    /// <summary>Version of the standard operators in files without an encoder.</summary>
    public const int Opset = 17;

    private const int IrVersion = 8;
    private const int LargestInput = 1 << 20;

    /// <summary>Writes a model.</summary>
    /// <param name="model">The model; only read.</param>
    /// <param name="encoder">The file of its encoder, where it stands behind one.</param>
    /// <param name="about">Facts that go into the file: where the model stood, its hash.</param>
    /// <param name="named">For a model of named features: their columns, complete.</param>
    /// <returns>The file.</returns>
    /// <exception cref="ExportRefusedException">It has a part that a fixed graph cannot express.</exception>
    public static byte[] Write(Model model, OnnxFile? encoder, IReadOnlyDictionary<string, string> about, NamedColumns? named = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(about);
        var spec = model.Spec;
        Check(model, named);
        var file = new ModelProto { IrVersion = IrVersion, ProducerName = "LifelongApi", ProducerVersion = Engine.Version, Graph = new GraphProto { Name = "model" } };
        var writer = new GraphWriter(file.Graph, encoder?.Opset ?? Opset);
        var numbers = named is not null ? NamedExport.Declare(writer, named)
            : encoder is null ? InputExport.Declare(writer, spec.Input) : EncoderExport.Write(writer, file, encoder, spec.Input);
        if (encoder is null)
        {
            file.OpsetImport.Add(new OperatorSetIdProto { Version = Opset });
        }

        var classes = model.Labels.Count;
        var activities = new Dictionary<string, string> { [spec.Network.Populations[0].Name] = named is null ? InputExport.Standardise(writer, numbers, model) : NamedExport.Write(writer, numbers, named, 1 << spec.Input.HashBits!.Value) };
        var drives = new Dictionary<string, string>();
        foreach (var population in spec.Network.Populations.Skip(1))
        {
            var incoming = spec.Network.Projections.Where(projection => projection.To == population.Name)
                .Select(projection => ProjectionExport.Write(writer, projection, activities[projection.From], model)).ToList();
            drives[population.Name] = incoming.Aggregate((sum, next) => writer.Node("Add", sum, next));
            activities[population.Name] = PopulationExport.Write(writer, population, drives[population.Name]);
        }

        if (spec.Target.Kind == TargetKind.Anomaly)
        {
            NoveltyExport.Write(writer, drives[spec.Network.Populations[^1].Name], model);
        }
        else if (spec.Target.Kind == TargetKind.Value)
        {
            ValueHeadExport.Write(writer, drives, model);
        }
        else
        {
            HeadExport.WriteClasses(writer, drives, model, classes);
        }

        Describe(file, model, about, named);
        return file.ToByteArray();
    }

    private static void Check(Model model, NamedColumns? named)
    {
        var input = model.Spec.Input;
        if (HistoryFeatures.CountOf(input) > 0)
        {
            throw new ExportRefusedException("The input has lags, windows or elapsed time, which come from the events before; a file sees each alone.");
        }

        if (input.Kind == InputKind.Named)
        {
            (named ?? throw new ArgumentNullException(nameof(named), "Named features are written by their columns.")).RequireComplete();
            if (named.Columns.Count == 0)
            {
                throw new ExportRefusedException("The model knows no feature yet; teach it first.");
            }
        }

        if (model.Spec.Network.Context is not null)
        {
            throw new ExportRefusedException("The network has a context (network.context), which is inferred from one event after the other; a file sees each alone.");
        }

        if (input.Kind != InputKind.Named && Size(input) > LargestInput)
        {
            throw new ExportRefusedException(FormattableString.Invariant($"The input has {Size(input)} numbers, more than the {LargestInput} that are written densely."));
        }

        if (model.Spec.Target.Kind == TargetKind.Label && model.Labels.Count == 0)
        {
            throw new ExportRefusedException("The model has no class yet, so it has nothing to say; teach it first.");
        }
    }

    /// <summary>Numbers that the network's input has.</summary>
    internal static long Size(InputSpec input) =>
        input.Kind == InputKind.Image ? (long)input.Height!.Value * input.Width!.Value * (input.Channels ?? 1) : input.Size!.Value;

    private static void Describe(ModelProto file, Model model, IReadOnlyDictionary<string, string> about, NamedColumns? named)
    {
        foreach (var (key, value) in about.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            file.MetadataProps.Add(new StringStringEntryProto { Key = key, Value = value });
        }

        if (named is not null)
        {
            file.MetadataProps.Add(new StringStringEntryProto { Key = "columns", Value = JsonSerializer.Serialize(named.Columns, ContractJson.Options) });
        }

        if (model.Labels.Count > 0)
        {
            file.MetadataProps.Add(new StringStringEntryProto { Key = "labels", Value = JsonSerializer.Serialize(model.Labels) });
        }
    }
}
