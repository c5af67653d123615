using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Features;
using LifelongApi.Learning.Numerics;

namespace LifelongApi.Learning.Projections;

/// <summary>Draws the first weights of a projection. Every draw is keyed by (seed, projection, pre, post), so a projection that grows keeps what it had.</summary>
internal static class InitialWeights
{
    /// <summary>Fills the weights.</summary>
    /// <param name="spec">How they start.</param>
    /// <param name="projection">The projection.</param>
    /// <param name="input">The model's input, for local receptive fields.</param>
    /// <param name="seed">Seed of the model.</param>
    /// <param name="weights">Shape [pre count, stride]; padding is left alone.</param>
    public static void Draw(InitialWeightsSpec spec, Projection projection, InputSpec input, ulong seed, Span<float> weights) =>
        Draw(spec, projection, input, seed, 0, projection.Post.Units, weights);

    /// <summary>Fills the weights to some of the postsynaptic units.</summary>
    /// <param name="spec">How they start.</param>
    /// <param name="projection">The projection.</param>
    /// <param name="input">The model's input, for local receptive fields.</param>
    /// <param name="seed">Seed of the model, or of a later draw.</param>
    /// <param name="first">First postsynaptic unit.</param>
    /// <param name="end">The unit after the last.</param>
    /// <param name="weights">Shape [pre count, stride]; other columns and padding are left alone.</param>
    public static void Draw(InitialWeightsSpec spec, Projection projection, InputSpec input, ulong seed, int first, int end, Span<float> weights)
    {
        for (var row = 0; row < projection.RowCount; row++)
        {
            weights[((row * projection.Stride) + first)..((row * projection.Stride) + end)].Clear();
        }

        switch (spec)
        {
            case ZeroWeightsSpec:
                break;
            case GaussianWeightsSpec gaussian:
                DrawGaussian(gaussian, projection, seed, first, end, weights);
                break;
            case LocalWeightsSpec local:
                DrawLocal(local, projection, input, seed, first, end, weights);
                break;
            case SparseWeightsSpec sparse:
                DrawSparse(sparse, projection, seed, first, end, weights);
                break;
            case FourierWeightsSpec fourier:
                DrawFourier(fourier, projection, seed, first, end, weights);
                break;
            default:
                throw new InvalidOperationException($"Initial weights {spec.GetType().Name} are not known.");
        }
    }

    private static void DrawGaussian(GaussianWeightsSpec spec, Projection projection, ulong seed, int first, int end, Span<float> weights)
    {
        var use = FeatureHash.OfName(projection.Name);
        var deviation = spec.Scale / MathF.Sqrt(projection.Pre.Units);
        for (var row = 0; row < projection.RowCount; row++)
        {
            var scale = row == projection.Pre.Units ? spec.BiasScale : deviation;
            var cells = weights.Slice(row * projection.Stride, projection.Post.Units);
            for (var column = first; column < end; column++)
            {
                cells[column] = scale == 0f ? 0f : scale * KeyedRandom.Normal(seed, use, (ulong)row, (ulong)column);
            }
        }
    }

    private static void DrawFourier(FourierWeightsSpec spec, Projection projection, ulong seed, int first, int end, Span<float> weights)
    {
        var use = FeatureHash.OfName(projection.Name);
        for (var row = 0; row < projection.RowCount; row++)
        {
            var cells = weights.Slice(row * projection.Stride, projection.Post.Units);
            for (var column = first; column < end; column++)
            {
                cells[column] = row == projection.Pre.Units
                    ? 2f * MathF.PI * KeyedRandom.Uniform(seed, use, (ulong)row, (ulong)column)
                    : KeyedRandom.Normal(seed, use, (ulong)row, (ulong)column) / spec.LengthScale;
            }
        }
    }

    private static void DrawLocal(LocalWeightsSpec spec, Projection projection, InputSpec input, ulong seed, int first, int end, Span<float> weights)
    {
        var use = FeatureHash.OfName(projection.Name);
        var place = FeatureHash.OfName(projection.Name + ".place");
        var (height, width, channels) = (input.Height!.Value, input.Width!.Value, input.Channels ?? 1);
        var deviation = spec.Scale / MathF.Sqrt((float)spec.Field * spec.Field * channels);
        for (var column = first; column < end; column++)
        {
            var top = KeyedRandom.Below(height - spec.Field + 1, seed, place, (ulong)column, 0);
            var left = KeyedRandom.Below(width - spec.Field + 1, seed, place, (ulong)column, 1);
            for (var y = top; y < top + spec.Field; y++)
            {
                for (var cell = left * channels; cell < (left + spec.Field) * channels; cell++)
                {
                    var row = (y * width * channels) + cell;
                    weights[(row * projection.Stride) + column] = deviation * KeyedRandom.Normal(seed, use, (ulong)row, (ulong)column);
                }
            }

            if (projection.Pre.HasBias && spec.BiasScale != 0f)
            {
                var row = projection.Pre.Units;
                weights[(row * projection.Stride) + column] = spec.BiasScale * KeyedRandom.Normal(seed, use, (ulong)row, (ulong)column);
            }
        }
    }

    private static void DrawSparse(SparseWeightsSpec spec, Projection projection, ulong seed, int first, int end, Span<float> weights)
    {
        var use = FeatureHash.OfName(projection.Name + ".place");
        var units = projection.Pre.Units;
        var weight = spec.Scale / MathF.Sqrt(spec.Inputs);
        for (var column = first; column < end; column++)
        {
            for (var synapse = 0; synapse < spec.Inputs; synapse++)
            {
                var row = KeyedRandom.Below(units, seed, use, (ulong)column, (ulong)synapse);
                while (weights[(row * projection.Stride) + column] != 0f)
                {
                    row = row + 1 == units ? 0 : row + 1;
                }

                weights[(row * projection.Stride) + column] = weight;
            }
        }
    }
}
