//! Rows in the order of their insertion, read newest first.

/// A row that has a place in time.
pub(super) trait Row {
    /// Unix seconds.
    fn created(&self) -> i64;
}

/// Which side of a cursor a page is read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cursor {
    /// Older than the row.
    After(u32),
    /// Newer than the row, adjacent to it.
    Before(u32),
}

/// What a list request selects by position: bounds on `created` (inclusive), a cursor and a length.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window {
    pub(super) from: i64,
    pub(super) to: i64,
    pub(super) cursor: Option<Cursor>,
    pub(super) limit: usize,
}

/// Rows by number, and their order in time. Rows of the same second keep the order of their
/// insertion.
#[derive(Debug)]
pub(super) struct Table<T> {
    rows: Vec<T>,
    /// Row numbers, oldest first.
    order: Vec<u32>,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), order: Vec::new() }
    }
}

impl<T: Row> Table<T> {
    /// Adds a row and returns its number. Lists show it after [`Table::place`].
    pub(super) fn append(&mut self, row: T) -> u32 {
        let n = u32::try_from(self.rows.len()).unwrap_or(u32::MAX);
        self.rows.push(row);
        n
    }

    /// Gives the rows that were appended since the last call their place in time.
    pub(super) fn place(&mut self) {
        let first = u32::try_from(self.order.len()).unwrap_or(u32::MAX);
        self.order.extend(first..self.count());
        let rows = &self.rows;
        // A stable sort of what is sorted but for its end costs little more than a walk.
        self.order.sort_by_key(|&n| (rows[n as usize].created(), n));
    }

    /// The number of rows.
    pub(super) fn count(&self) -> u32 {
        u32::try_from(self.rows.len()).unwrap_or(u32::MAX)
    }

    /// Row `n`, which must exist.
    pub(super) fn get(&self, n: u32) -> &T {
        &self.rows[n as usize]
    }

    /// Row `n`, which must exist, to be changed; its `created` must stay.
    pub(super) fn get_mut(&mut self, n: u32) -> &mut T {
        &mut self.rows[n as usize]
    }

    /// All rows with their numbers, in the order of insertion.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, &T)> {
        (0_u32..).zip(&self.rows)
    }

    /// The newest row that satisfies `keep`.
    pub(super) fn newest(&self, keep: impl Fn(u32, &T) -> bool) -> Option<u32> {
        self.order.iter().rev().copied().find(|&n| keep(n, self.get(n)))
    }

    /// One page, newest first, and whether more rows follow in the direction of reading.
    pub(super) fn page(&self, window: Window, keep: impl Fn(u32, &T) -> bool) -> (Vec<u32>, bool) {
        let mut low = self.order.partition_point(|&n| self.get(n).created() < window.from);
        let mut high = self.order.partition_point(|&n| self.get(n).created() <= window.to);
        match window.cursor {
            Some(Cursor::After(n)) => high = high.min(self.position(n)),
            Some(Cursor::Before(n)) => low = low.max(self.position(n) + 1),
            None => {}
        }
        let range = self.order.get(low..high).unwrap_or_default();
        let kept = range.iter().copied().filter(|&n| keep(n, self.get(n)));
        let mut page: Vec<u32> = if matches!(window.cursor, Some(Cursor::Before(_))) {
            kept.take(window.limit + 1).collect()
        } else {
            kept.rev().take(window.limit + 1).collect()
        };
        let more = page.len() > window.limit;
        page.truncate(window.limit);
        if matches!(window.cursor, Some(Cursor::Before(_))) {
            page.reverse();
        }
        (page, more)
    }

    fn position(&self, n: u32) -> usize {
        let key = (self.get(n).created(), n);
        self.order.partition_point(|&other| (self.get(other).created(), other) < key)
    }
}
