using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning;
using LifelongApi.Learning.Projections;

namespace LifelongApi.Onnx.Export;

/// <summary>
/// Local filters over an image: patches, each without its mean and with its contrast divided out, meet the filters, are rectified, and are averaged over the cells of one grid and
/// maximised over those of another (<see cref="PatchProjection"/>). The filters see whitened patches from input space, so whitening is in them.
/// </summary>
internal static class PatchExport
{
    private const float ContrastFloor = 0.1f;
    private const float LeastVariance = 1e-6f;
    private const float Gain = 4f;

    /// <summary>Writes the features in the order of the population: cell by cell, filter by filter.</summary>
    public static string Write(GraphWriter writer, ProjectionSpec projection, PatchConnectionSpec spec, string activity, Model model)
    {
        var input = model.Spec.Input;
        var channels = input.Channels ?? 1;
        var (down, across) = (1 + ((input.Height!.Value - spec.Side) / spec.Stride), 1 + ((input.Width!.Value - spec.Side) / spec.Stride));
        var (places, size) = (down * across, spec.Side * spec.Side * channels);
        var indices = from place in Enumerable.Range(0, places)
                      from row in Enumerable.Range(0, spec.Side)
                      from number in Enumerable.Range(0, spec.Side * channels)
                      select (long)(((((place / across) * spec.Stride) + row) * input.Width.Value * channels) + (place % across * spec.Stride * channels) + number);
        var patches = writer.Reshape(writer.Pick(activity, indices), -1, places, size);
        var rectified = Responses(writer, patches, size, spec, model.ReadSlot($"{projection.Name}.weights"));

        var pooled = new List<string> { Means(writer, rectified, new PoolingGrid(down, across, spec.Grid, spec.Overlap), places, spec) };
        if (spec.Peaks > 0)
        {
            var peaks = Enumerable.Range(0, places).Select(place => ((place / across) * spec.Peaks / down * spec.Peaks) + (place % across * spec.Peaks / across)).ToArray();
            pooled.Add(Peaks(writer, rectified, peaks, spec));
        }

        return writer.Reshape(writer.Join(pooled), -1, spec.FeatureCount);
    }

    /// <summary>max(0, f·x − θ) of normalised patches; 0 for a patch without contrast.</summary>
    private static string Responses(GraphWriter writer, string patches, int size, PatchConnectionSpec spec, LearnedMatrix filters)
    {
        var share = writer.Exact(1d / size);
        var centred = writer.Node("Sub", patches, writer.Node("Mul", writer.RowSum(patches, size), share));
        var variance = writer.Node("Mul", writer.RowSum(writer.Node("Mul", centred, centred), size), share);
        var normalised = writer.Node("Div", centred, writer.Node("Sqrt", writer.Node("Add", variance, writer.Exact(ContrastFloor))));
        var responses = writer.Node("MatMul", normalised, writer.Constant(filters));
        var rectified = writer.Node("Relu", writer.Node("Sub", responses, writer.Exact(spec.Threshold)));
        return writer.Node("Mul", rectified, writer.AtLeast(variance, writer.Exact(LeastVariance)));
    }

    private static string Means(GraphWriter writer, string rectified, PoolingGrid grid, int places, PatchConnectionSpec spec)
    {
        var count = spec.Grid * spec.Grid;
        var shares = new float[count * places];
        for (var place = 0; place < places; place++)
        {
            var cells = grid.Cells(place);
            for (var i = 0; i < cells.Length; i++)
            {
                shares[(cells[i] * places) + place] = Gain * grid.Shares(place)[i];
            }
        }

        return writer.Node("MatMul", writer.Constant(shares, count, places), rectified);
    }

    private static string Peaks(GraphWriter writer, string rectified, int[] cells, PatchConnectionSpec spec)
    {
        var parts = new List<string>();
        for (var cell = 0; cell < spec.Peaks * spec.Peaks; cell++)
        {
            var members = Enumerable.Range(0, cells.Length).Where(place => cells[place] == cell).Select(place => (long)place).ToList();

            // A grid finer than the places leaves cells without any: they stay silent.
            var part = members.Count == 0
                ? writer.Node("Mul", writer.Pick(rectified, [0]), writer.Exact(0d))
                : writer.Reshape(writer.Largest(writer.Pick(rectified, members), 1), -1, 1, spec.Filters);
            parts.Add(part);
        }

        return writer.Join(parts);
    }
}
