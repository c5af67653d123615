using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning;
using LifelongApi.Learning.Compilation;
using LifelongApi.Learning.Heads;
using DataType = LifelongApi.Onnx.Schema.TensorProto.Types.DataType;

namespace LifelongApi.Onnx.Export;

/// <summary>Heads of classes: drives to probabilities. What a head knows of the stream (weights of members, recent labels, the context in force) goes in as it stands.</summary>
internal static class HeadExport
{
    private const double Floor = 1e-3f;
    private const double Rarest = 0.01f;
    private const double LeastRetained = 1e-7f;
    private const double Sharpness = 3d;

    /// <summary>Probabilities of the classes known, and the likeliest by name.</summary>
    public static void WriteClasses(GraphWriter writer, IReadOnlyDictionary<string, string> drives, Model model, int classes)
    {
        var head = model.Spec.Network.Head;
        var names = Names(model);
        var drive = drives[HeadOutputs.Of(model.Spec.Network)[0]];
        var probabilities = head is EnsembleHeadSpec ensemble ? Named(writer, Mixture(writer, ensemble, drives, model), names) : Probabilities(writer, head, drive, names);
        var label = head is LeastSquaresHeadSpec
            ? writer.Lookup(writer.Texts(names.Select(name => model.Labels[name])), writer.ArgMax(drive))
            : writer.Lookup(writer.Texts(model.Labels), writer.ArgMax(probabilities));
        writer.Output(probabilities, "probabilities", DataType.Float, 0, classes);
        writer.Output(label, "label", DataType.String, 0);
    }

    /// <summary>Why a head cannot be written.</summary>
    public static ExportRefusedException Unknown(HeadSpec head) =>
        new($"The head '{head.GetType().Name.Replace("HeadSpec", string.Empty, StringComparison.Ordinal)}' has no fixed form.");

    private static string Probabilities(GraphWriter writer, HeadSpec head, string drive, int[] names) => head switch
    {
        SoftmaxHeadSpec => writer.Softmax(drive),
        HingeHeadSpec => writer.Softmax(writer.Node("Mul", drive, writer.Exact(Sharpness))),
        LeastSquaresHeadSpec => Limited(writer, drive, names),
        _ => throw Unknown(head),
    };

    /// <summary>Drives limited to [0.001, 1], summed over what the present context calls the same, and normalised.</summary>
    private static string Limited(GraphWriter writer, string drive, int[] names)
    {
        var limited = Named(writer, writer.Clip(drive, Floor, 1d), names);
        return writer.Node("Div", limited, writer.RowSum(limited, names.Length));
    }

    /// <summary>Summed over percepts of one name.</summary>
    private static string Named(GraphWriter writer, string percepts, int[] names)
    {
        if (!names.Where((name, percept) => name != percept).Any())
        {
            return percepts;
        }

        var naming = new float[names.Length * names.Length];
        for (var percept = 0; percept < names.Length; percept++)
        {
            naming[(percept * names.Length) + names[percept]] = 1f;
        }

        return writer.Node("MatMul", percepts, writer.Constant(naming, names.Length, names.Length));
    }

    /// <summary>What the context in force calls every percept; everything by its own name without contexts.</summary>
    private static int[] Names(Model model)
    {
        var names = Enumerable.Range(0, model.Labels.Count).ToArray();
        if (model.Spec.Network.Head is not (LeastSquaresHeadSpec { Contexts: > 1 } or EnsembleHeadSpec { Contexts: > 1 }) || model.ReadIntegers("head.context")[0] is var active && active == 0)
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
        var answers = ensemble.Members.Select(member => Probabilities(writer, member.Head, drives[member.Population], names)).ToList();
        if (ensemble.Recent)
        {
            answers.Add(writer.Exact(Recent(model)));
        }

        var losses = model.ReadSlot("head.fadedLosses").Values[..answers.Count];
        var shares = losses.Select(loss => Math.Exp((double)losses.Min() - loss)).ToArray();
        var logs = answers.ConvertAll(answer => writer.Node("Log", writer.Clip(answer, Rarest, 1f - 0.01f)));
        var fast = writer.Softmax(Sum(writer, logs, Weights(model, "head.fastWeights")));
        var slow = writer.Softmax(Sum(writer, logs, Weights(model, "head.slowWeights")));
        var linear = Sum(writer, answers, [.. shares.Select(share => share / shares.Sum())]);
        var mixture = writer.Node("Mul", writer.Node("Add", writer.Node("Add", fast, slow), linear), writer.Exact(1d / 3d));
        return ensemble.Members.Any(member => member.Retains) ? ForAbsent(writer, ensemble, answers, mixture, model) : mixture;
    }

    /// <summary>Members that retain answer alone for classes that have stopped coming; the others share what is left as the mixture has it.</summary>
    private static string ForAbsent(GraphWriter writer, EnsembleHeadSpec ensemble, List<string> answers, string mixture, Model model)
    {
        var (counts, claims, first, last) = (model.ReadIntegers("head.seen.counts"), model.ReadIntegers("head.seen.claims"), model.ReadLongs("head.seen.first"), model.ReadLongs("head.seen.last"));
        var now = model.ReadLongs("head.seen.events")[0];
        double[] isAbsent = [.. Enumerable.Range(0, model.Labels.Count).Select(k => AbsentClasses.IsAbsent(counts[k], claims[k], first[k], last[k], now, ensemble.Absence) ? 1d : 0d)];
        if (!isAbsent.Contains(1d))
        {
            return mixture;
        }

        var retaining = answers.Take(ensemble.Members.Count).Where((_, i) => ensemble.Members[i].Retains).ToList();
        var logs = writer.Node("Log", writer.Clip(Sum(writer, retaining, [.. retaining.Select(_ => 1d / retaining.Count)]), LeastRetained, 1f));
        var sharp = writer.Softmax(writer.Node("Mul", logs, writer.Exact(1d + Weights(model, "head.fastWeights")[answers.Count])));
        var kept = writer.Node("Mul", sharp, writer.Exact(isAbsent));
        var present = writer.Node("Mul", mixture, writer.Exact([.. isAbsent.Select(absent => 1d - absent)]));
        var left = writer.Node("Sub", writer.Exact(1d), writer.RowSum(kept, isAbsent.Length));
        return writer.Node("Add", kept, writer.Node("Mul", present, writer.Node("Div", left, writer.RowSum(present, isAbsent.Length))));
    }

    private static double[] Weights(Model model, string slot) => [.. model.ReadSlot(slot).Values.Select(weight => (double)weight)];

    /// <summary>What the labels by themselves say now (<see cref="RecentLabels"/>): it depends on no feature.</summary>
    private static double[] Recent(Model model)
    {
        var classes = model.Labels.Count;
        var last = (int)model.ReadLongs("head.recent.counts")[0] - 1;
        var frequencies = model.ReadSlot("head.recent.frequencies").Values.Take(classes).Select(frequency => frequency + Floor).ToArray();
        var stay = last < 0 ? 0d : classes == 1 ? 1d : model.ReadSlot("head.recent.stay").Values[0];
        var rest = frequencies.Where((_, k) => k != last).Sum();
        return [.. frequencies.Select((frequency, k) => k == last ? stay : (1d - stay) * frequency / rest)];
    }

    private static string Sum(GraphWriter writer, IReadOnlyList<string> parts, double[] weights) =>
        parts.Select((part, i) => writer.Node("Mul", part, writer.Exact(weights[i]))).Aggregate((sum, next) => writer.Node("Add", sum, next));
}
