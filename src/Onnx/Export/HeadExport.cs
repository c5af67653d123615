using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning;
using LifelongApi.Learning.Compilation;
using DataType = LifelongApi.Onnx.Schema.TensorProto.Types.DataType;

namespace LifelongApi.Onnx.Export;

/// <summary>Heads: drives to answers.</summary>
internal static class HeadExport
{
    private const float Floor = 1e-3f;
    private const float Rarest = 0.01f;
    private const float Sharpness = 3f;

    /// <summary>Numbers in the unit of the targets.</summary>
    public static void WriteValues(GraphWriter writer, string drive, Model model)
    {
        if (model.Spec.Network.Head is not RegressionHeadSpec regression)
        {
            throw Unknown(model.Spec.Network.Head);
        }

        var size = model.Spec.Target.Size ?? 1;
        var values = drive;
        if (regression.Standardise)
        {
            var count = BitConverter.ToInt64([.. model.ReadIntegers("head.targetCount").SelectMany(BitConverter.GetBytes)]);
            var squares = model.ReadSlot("head.targetSquares").Values;
            var deviations = squares[..size].Select(square => count >= 2 && square / count > 1e-24f ? MathF.Sqrt(square / count) : 1f).ToArray();
            values = writer.Node("Add", writer.Node("Mul", drive, writer.Constant(deviations, size)), writer.Constant(model.ReadSlot("head.targetMean").Values[..size], size));
        }

        writer.Output(values, "values", DataType.Float, 0, size);
    }

    /// <summary>Probabilities of the classes known, and the likeliest by name.</summary>
    public static void WriteClasses(GraphWriter writer, IReadOnlyDictionary<string, string> drives, Model model, int classes)
    {
        var head = model.Spec.Network.Head;
        var drive = drives[HeadOutputs.Of(model.Spec.Network)[0]];
        var probabilities = head is EnsembleHeadSpec ensemble ? Mixture(writer, ensemble, drives, model) : Probabilities(writer, head, drive, Names(model));
        var best = head is LeastSquaresHeadSpec ? drive : probabilities;
        var names = Names(model).Select(label => model.Labels[label]);
        var label = writer.Lookup(writer.Texts(head is LeastSquaresHeadSpec ? names : model.Labels), writer.ArgMax(best));
        writer.Output(probabilities, "probabilities", DataType.Float, 0, classes);
        writer.Output(label, "label", DataType.String, 0);
    }

    private static string Probabilities(GraphWriter writer, HeadSpec head, string drive, int[] names) => head switch
    {
        SoftmaxHeadSpec => writer.Softmax(drive),
        HingeHeadSpec => writer.Softmax(writer.Node("Mul", drive, writer.Scalar(Sharpness))),
        LeastSquaresHeadSpec => Limited(writer, drive, names),
        _ => throw Unknown(head),
    };

    /// <summary>Drives limited to [0.001, 1], summed over what the present context calls the same, and normalised.</summary>
    private static string Limited(GraphWriter writer, string drive, int[] names)
    {
        var limited = writer.Clip(drive, Floor, 1f);
        if (names.Where((name, percept) => name != percept).Any())
        {
            var naming = new float[names.Length * names.Length];
            for (var percept = 0; percept < names.Length; percept++)
            {
                naming[(percept * names.Length) + names[percept]] = 1f;
            }

            limited = writer.Node("MatMul", limited, writer.Constant(naming, names.Length, names.Length));
        }

        return writer.Node("Mul", limited, writer.Node("Reciprocal", writer.RowSum(limited, names.Length)));
    }

    /// <summary>What the context in force calls every percept; everything by its own name without contexts.</summary>
    private static int[] Names(Model model)
    {
        var names = Enumerable.Range(0, model.Labels.Count).ToArray();
        if (model.Spec.Network.Head is not LeastSquaresHeadSpec { Contexts: > 1 } || model.ReadIntegers("head.context")[0] is var active && active == 0)
        {
            return names;
        }

        var called = model.ReadIntegers(FormattableString.Invariant($"head.context{active}.labels"));
        return [.. names.Select(percept => called[percept] == 0 ? percept : called[percept] - 1)];
    }

    /// <summary>Two geometric mixtures and a linear one, averaged; weights as they stand.</summary>
    private static string Mixture(GraphWriter writer, EnsembleHeadSpec ensemble, IReadOnlyDictionary<string, string> drives, Model model)
    {
        var names = Enumerable.Range(0, model.Labels.Count).ToArray();
        var losses = model.ReadSlot("head.fadedLosses").Values[..ensemble.Members.Count];
        var shares = losses.Select(loss => MathF.Exp(losses.Min() - loss)).ToArray();
        var answers = ensemble.Members.Select(member => Probabilities(writer, member.Head, drives[member.Population], names)).ToList();
        var logs = answers.ConvertAll(answer => writer.Node("Log", writer.Clip(answer, Rarest, 1f - Rarest)));
        var fast = writer.Softmax(Sum(writer, logs, model.ReadSlot("head.fastWeights").Values));
        var slow = writer.Softmax(Sum(writer, logs, model.ReadSlot("head.slowWeights").Values));
        var linear = Sum(writer, answers, [.. shares.Select(share => share / shares.Sum())]);
        return writer.Node("Mul", writer.Node("Add", writer.Node("Add", fast, slow), linear), writer.Scalar(1f / 3f));
    }

    private static string Sum(GraphWriter writer, IReadOnlyList<string> parts, float[] weights) =>
        parts.Select((part, i) => writer.Node("Mul", part, writer.Scalar(weights[i]))).Aggregate((sum, next) => writer.Node("Add", sum, next));

    private static ExportRefusedException Unknown(HeadSpec head) =>
        new($"The head '{head.GetType().Name}' has no fixed form.");
}
