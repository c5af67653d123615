using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Tests.Support;

namespace LifelongApi.Learning.Tests.Projections;

public sealed class PatchProjectionTests
{
    private static readonly InputSpec Image = new() { Kind = InputKind.Image, Height = 9, Width = 8, Channels = 2 };
    private static readonly PatchConnectionSpec Spec = new() { Side = 3, Stride = 1, Filters = 32, Grid = 2, FormingEvents = 4, Threshold = 0.5f };

    [Fact]
    public void Features_are_rectified_responses_averaged_over_the_cells_of_the_grid()
    {
        using var rig = Formed();
        var image = Draw.Sparse(144, 5, 50, 0.5f);
        var drive = rig.Show(image);
        var filters = rig.Filters();
        var expected = new double[4, 32];
        var patches = rig.Patches(image).ToArray();
        foreach (var (patch, cell) in patches)
        {
            for (var k = 0; k < 32; k++)
            {
                var response = Enumerable.Range(0, patch.Length).Sum(i => patch[i] * filters[i, k]);
                expected[cell, k] += 4 * Math.Max(0, response - 0.5) / patches.Count(other => other.Cell == cell);
            }
        }

        for (var i = 0; i < expected.Length; i++)
        {
            Near.Equal(expected[i / 32, i % 32], drive[i], 1e-4);
        }
    }

    [Fact]
    public void Every_filter_is_a_unit_vector_in_whitened_space()
    {
        using var rig = Formed();
        var filters = rig.Filters();
        var covariance = Oracle.Inverse(rig.Precision());
        for (var k = 0; k < 32; k++)
        {
            // f = C⁻¹ p / √(pᵀ C⁻¹ p) has fᵀ C f = 1.
            Near.Equal(1, Enumerable.Range(0, 18).Sum(i => Enumerable.Range(0, 18).Sum(j => filters[i, k] * covariance[i, j] * filters[j, k])), 1e-3);
        }
    }

    [Fact]
    public void Filters_form_over_the_first_events_and_then_stay()
    {
        using var rig = new PatchRig(Image, Spec);
        for (var n = 1; n <= 6; n++)
        {
            rig.Show(Draw.Sparse(144, 5, n, 0.3f), n);
            var before = rig.Filters();
            rig.Develop(n);
            var formed = Enumerable.Range(0, 32).Count(k => Enumerable.Range(0, 18).Any(i => rig.Filters()[i, k] != 0));
            Assert.Equal(Math.Min(32, 8 * n), formed);
            if (n > 4)
            {
                Near.Equal(before, rig.Filters(), 0);
            }
        }
    }

    [Fact]
    public void An_image_without_contrast_gives_no_features_and_forms_no_filter()
    {
        using var rig = new PatchRig(Image, Spec);
        Assert.All(rig.Show(Enumerable.Repeat(0.7f, 144).ToArray()), drive => Assert.Equal(0f, drive));
        rig.Develop();
        Assert.All(rig.Filters().Cast<double>(), weight => Assert.Equal(0d, weight));
    }

    [Fact]
    public void Peaks_are_the_largest_rectified_responses_of_the_cells_of_the_second_grid()
    {
        using var rig = Formed(Spec with { Peaks = 3 });
        var image = Draw.Sparse(144, 5, 50, 0.5f);
        var drive = rig.Show(image);
        var filters = rig.Filters();
        var expected = new double[9, 32];
        foreach (var (patch, cell) in rig.Patches(image, grid: 3))
        {
            for (var k = 0; k < 32; k++)
            {
                expected[cell, k] = Math.Max(expected[cell, k], Enumerable.Range(0, patch.Length).Sum(i => patch[i] * filters[i, k]) - 0.5);
            }
        }

        Assert.Equal(32 * (4 + 9), drive.Length);
        Assert.Contains(expected.Cast<double>(), value => value > 0);
        for (var i = 0; i < expected.Length; i++)
        {
            Near.Equal(expected[i / 32, i % 32], drive[(4 * 32) + i], 1e-4);
        }
    }

    [Fact]
    public void Where_cells_overlap_a_patch_counts_by_its_distance_to_their_centres()
    {
        using var rig = Formed(Spec with { Grid = 3, Overlap = true });
        var image = Draw.Sparse(144, 5, 50, 0.5f);
        var drive = rig.Show(image);
        var filters = rig.Filters();
        const int Down = 7;
        const int Across = 6;
        for (var cell = 0; cell < 9; cell++)
        {
            var shares = new double[Down * Across];
            for (var place = 0; place < shares.Length; place++)
            {
                shares[place] = Share(place / Across, Down, cell / 3) * Share(place % Across, Across, cell % 3);
            }

            for (var k = 0; k < 32; k++)
            {
                var expected = rig.Patches(image).Select((patch, place) =>
                    shares[place] * Math.Max(0, Enumerable.Range(0, patch.Patch.Length).Sum(i => patch.Patch[i] * filters[i, k]) - 0.5)).Sum();
                Near.Equal(4 * expected / shares.Sum(), drive[(32 * cell) + k], 1e-4);
            }
        }

        static double Share(int place, int places, int cell)
        {
            var width = places / 3d;
            return Math.Max(0, 1 - (Math.Abs(place - (((cell + 0.5) * width) - 0.5)) / width));
        }
    }

    [Fact]
    public void Filters_that_never_form_are_random_unit_vectors_and_stay()
    {
        using var rig = new PatchRig(Image, Spec with { FormingEvents = 0 });
        rig.Projection.Initialise(rig.Bench.Learn());
        var before = rig.Filters();
        rig.Show(Draw.Sparse(144, 5, 1, 0.5f));
        rig.Develop();
        Near.Equal(before, rig.Filters(), 0);
        for (var k = 0; k < 32; k++)
        {
            Near.Equal(1, Enumerable.Range(0, 18).Sum(i => before[i, k] * before[i, k]), 1e-5);
        }
    }

    private static PatchRig Formed(PatchConnectionSpec? spec = null)
    {
        var rig = new PatchRig(Image, spec ?? Spec);
        for (var n = 1; n <= 4; n++)
        {
            rig.Show(Draw.Sparse(144, 5, n, 0.3f), n);
            rig.Develop(n);
        }

        return rig;
    }
}
